"""What stands in for AWS on a laptop: an emulator for everything but ECS, and an ECS endpoint of our own.

Nothing in this package ships in the Lambda. It serves the same ``app.py`` and the same adapters as AWS does;
only the endpoints differ.
"""
