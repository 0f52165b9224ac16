"""The only code that knows boto3. An adapter never decides: it says in our words what AWS said."""
