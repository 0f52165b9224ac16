"""What ships in the Lambda: the life of a task, and the truth of its cancellation."""
