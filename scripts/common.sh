# shellcheck shell=bash
# Shared by the scripts beside it. What they need to know comes from the stack's own outputs and resources.
set -euo pipefail

AWS=${AWS:-aws}
STACK=${STACK:-calloff-dev}

# output NAME: an output of the stack.
output() {
  "$AWS" cloudformation describe-stacks --stack-name "$STACK" \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}

# resource LOGICAL-ID: the name of a resource of the stack.
resource() {
  "$AWS" cloudformation describe-stack-resources --stack-name "$STACK" \
    --query "StackResources[?LogicalResourceId=='$1'].PhysicalResourceId" --output text
}

# invoke LOGICAL-ID EVENT: invoke a function, show what it answers, and fail where it failed.
invoke() {
  local folder failed
  folder=$(mktemp -d)
  # From a file of bytes: the two versions of the AWS CLI read other payloads differently.
  printf '%s' "$2" >"$folder/event"
  failed=$("$AWS" lambda invoke --function-name "$(resource "$1")" --payload "fileb://$folder/event" \
    --query FunctionError --output text "$folder/answer")
  cat "$folder/answer"
  echo
  rm -r "$folder"
  [[ $failed == None ]]
}

# rest METHOD PATH [BODY]: send a request to the API, signed with the AWS CLI's credentials.
rest() {
  local api region options=()
  api=${CALLOFF_API:-$(output EndpointURL)}
  region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$("$AWS" configure get region)}}
  if [[ -z ${AWS_ACCESS_KEY_ID:-} ]]; then eval "$("$AWS" configure export-credentials --format env)"; fi
  if [[ -n ${AWS_SESSION_TOKEN:-} ]]; then options+=(--header "X-Amz-Security-Token: $AWS_SESSION_TOKEN"); fi
  if [[ -n ${3:-} ]]; then options+=(--header "Content-Type: application/json" --data "$3"); fi
  curl --silent --show-error --fail-with-body --request "$1" "${api%/}$2" \
    --aws-sigv4 "aws:amz:$region:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "${options[@]}"
  echo
}

# usage TEXT: say how it is called, and fail.
usage() {
  echo "usage: ${0##*/} $1" >&2
  exit 2
}
