"""What API Gateway asks before it hands a request in, where callers send tokens (`CALLOFF_AUTH=jwt`)."""

from typing import TYPE_CHECKING

from chalice.app import AuthRequest, AuthResponse

from chalicelib import bootstrap, log

if TYPE_CHECKING:
    from chalicelib.authorization import Caller


class UnauthorizedError(Exception):
    """API Gateway answers 401 to an error whose message is this word, and 500 to every other."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def authorize(request: AuthRequest) -> AuthResponse:
    """Read the token, and let its caller through to every route: what they may do there, the function says.

    Raises:
        UnauthorizedError: the token is refused.
        StoreUnavailableError: nobody knows at this moment.
    """
    # PyJWT and cryptography are for this function alone.
    from chalicelib.bearer import RefusedTokenError, caller_of

    try:
        caller: Caller = caller_of(request.token, bootstrap.settings(), bootstrap.signing_keys())
    except RefusedTokenError as refused:
        # The gateway hands a token authorizer nothing more; its own log has the address and the request's id.
        log.info("audit", outcome="unauthenticated", status=401, why=str(refused), method_arn=request.method_arn)
        raise UnauthorizedError from None
    return AuthResponse(routes=["*"], principal_id=caller.name, context={"role": caller.role.value})
