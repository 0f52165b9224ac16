"""All figures, in the order in which they are measured and shown: each the name of a module in this folder."""

FIGURES = (
    "aws_calls",
    "write_units",
    "handler_ratio",
    "cold_import_ratio",
    "cli_help_ratio",
    "check_ratio",
    "cancel_to_dead",
    "dead_to_record",
    "supervised_to_dead",
    "sweep_calls",
)
