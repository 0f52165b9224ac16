"""What the command line can do: its commands and options, in words. Imports nothing, so that help costs nothing."""

SUMMARY = "Run containers on ECS/Fargate, and call them off. For sure."

COMMANDS = {
    "run": "Submit a task and follow it to its end.",
    "ps": "List your tasks, newest first.",
    "show": "Show a task: what it is, and the timeline of its life.",
    "cancel": "Cancel a task.",
    "kill": "Cancel a task by force.",
    "wait": "Wait until a task has ended.",
    "logs": "Show what a task's container wrote.",
    "local": "Run the local cloud, from a checkout of Calloff.",
    "config": "Show and change where the API is, and who calls.",
}

OPTIONS = {
    "--url": "Address of the API.",
    "--token": "Bearer token; on the local cloud a name, such as alice.",
    "--credentials": "token, or aws: sign with AWS credentials (needs calloff[aws]).",
    "--time-limit": "Seconds that one operation may take; 10 by default.",
}
"""Of every command; given before it. Each can also come from the environment, or from the configuration file."""

STATUSES = "pending, starting, running, cancelling, completed, failed, cancelled"

EXIT_CODES = {
    0: "done; of run and wait: the task completed",
    1: "something unexpected: a defect, or an answer that is not Calloff's",
    2: "the command line was wrong",
    3: "too late: the task had ended",
    4: "no such task",
    5: "not allowed, or not known who calls",
    6: "refused: something in the request is wrong",
    7: "no answer, or too busy; the same again is safe",
    8: "of run and wait: the task failed",
    9: "of run and wait: the task was cancelled; dead, proven, unless its proof is gone",
    124: "the time was over",
    130: "interrupted; the task goes on",
    141: "nobody reads the output any more",
}
