"""Where tasks go in the network, when nobody has chosen: the account's default VPC."""

from collections.abc import Mapping
from typing import Any


class NoNetworkError(Exception):
    """Nobody has chosen a network, and there is none by default."""


def network(ec2: Any, chosen: Mapping[str, str]) -> dict[str, str]:
    """Give the parameters that say where tasks run, as far as they are not among those that were chosen.

    Raises ``NoNetworkError``.
    """
    if not chosen.get("Subnets"):
        return _default(ec2, chosen)
    if not chosen.get("SecurityGroups") and not chosen.get("Vpc"):
        # A security group is made, and has to know of which VPC.
        [first, *_] = chosen["Subnets"].split(",")
        return {"Vpc": ec2.describe_subnets(SubnetIds=[first])["Subnets"][0]["VpcId"]}
    return {}


def _default(ec2: Any, chosen: Mapping[str, str]) -> dict[str, str]:
    vpcs = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    if not vpcs:
        raise NoNetworkError("There is no default VPC here: name Vpc and Subnets in the stage's parameters.")
    vpc = chosen.get("Vpc") or vpcs[0]["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default-for-az", "Values": ["true"]}]
    subnets = sorted(subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=filters)["Subnets"])
    if not subnets:
        raise NoNetworkError(f"The VPC {vpc} has no default subnets: name Subnets in the stage's parameters.")
    # Its subnets are public: without an address of its own, a task reaches no image registry.
    return {"Vpc": vpc, "Subnets": ",".join(subnets), "AssignPublicIp": "true"}
