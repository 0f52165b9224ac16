"""The guards of the other verbs: ownership, time limits, events, looks, ends, and the way to AWS."""

from tests.mutants.mutant import mutant

CANCEL = "unit/test_cancel.py"
LIMITS = "unit/test_time_limits.py"
SWEEPS = "unit/test_sweep_and_hunt.py"
REPORT = "unit/test_report.py"
VERDICT = "unit/test_verdict.py"
STATEMENT = "unit/test_statement.py"
ECS = "unit/test_ecs_adapter.py"
DYNAMODB = "contract/test_dynamodb.py"
ITSELF = "unit/test_itself.py"
NOTES = "unit/test_notes.py"

VERBS = (
    # -- the cancel
    mutant(
        "anybody cancels anybody's task",
        "owner",
        CANCEL,
        ("cancel.py", "owner = () if request.owner is None else (owned_by(request.owner),)", "owner = ()"),
    ),
    mutant(
        "the stop is sent before the cancellation is written",
        "cancel",
        CANCEL,
        (
            "cancel.py",
            "    for _ in range(MAX_WRITES):\n",
            (
                "    if not isinstance(seen := ports.store.get(request.task_id), Missing) and seen.ecs_arn:\n"
                "        stop_task(ports, seen)\n"
                "    for _ in range(MAX_WRITES):\n"
            ),
        ),
        (
            "cancel.py",
            "    if sends and task.ecs_arn is not None:\n        stop_task(ports, task)\n",
            "",
        ),
    ),
    mutant(
        "a cancel sends no stop",
        "cancel",
        CANCEL,
        ("cancel.py", "    if sends and task.ecs_arn is not None:\n        stop_task(ports, task)\n", ""),
    ),
    mutant(
        "each repeat sends a stop",
        "cancel",
        CANCEL,
        (
            "cancel.py",
            "if sent_at and now - sent_at >= timedelta(seconds=ports.settings.stop_repeat_s):",
            "if sent_at:",
        ),
    ),
    mutant(
        "of two repeats at once both send a stop",
        "cancel",
        CANCEL,
        ("cancel.py", "        guards += (Equals(STOP_SENT_AT, sent_at),)\n", ""),
    ),
    mutant(
        "a repeat is not counted",
        "cancel",
        CANCEL,
        ("cancel.py", '{"cancellation.repeats": Plus(1)}', '{"cancellation.repeats": Plus(0)}'),
    ),
    mutant(
        "force that comes later is not noted",
        "cancel",
        CANCEL,
        (
            "grace.py",
            '        sets |= {"cancellation.force_requested": True, FORCED_AT: FirstOf(FORCED_AT, now)}\n',
            "        pass\n",
        ),
    ),
    mutant(
        "another grace is taken, and ignored",
        "cancel",
        CANCEL,
        (
            "cancel.py",
            "grace = () if request.grace is None else (possible(request.grace),)",
            "grace = ()",
        ),
    ),
    mutant(
        "a cancelled launch is looked at when its lease ends",
        "due",
        CANCEL,
        (
            "cancel.py",
            '"due_at": now + timedelta(seconds=ports.settings.stop_check_s),',
            '"due_at": FirstOf("lease_ends_at", now + timedelta(seconds=ports.settings.stop_check_s)),',
        ),
        ("cancel.py", "Condition, Equals, Operand", "Condition, Equals, FirstOf, Operand"),
    ),
    mutant(
        "our stops do not carry our mark",
        "cancel",
        CANCEL,
        ("stopping.py", 'f"{STOP_PREFIX}{task_id[:8]}/{why}"', 'f"{task_id[:8]}/{why}"'),
    ),
    # -- time limits
    mutant(
        "the deadline is not in the condition",
        "time",
        LIMITS,
        (
            "deadline.py",
            '(AtMost("deadline", int(ports.clock.now().timestamp())),)',
            "()",
        ),
    ),
    mutant(
        "the queue's limit hits what runs",
        "time",
        LIMITS,
        ("deadline.py", '        overdue += (Absent("started_at"),)\n', ""),
    ),
    mutant(
        "a timer does not come back",
        "time",
        LIMITS,
        ("deadline.py", "return Again(at) if at is not None else Done()", "return Done()"),
    ),
    mutant(
        "a deadline that moves earlier has no timer",
        "time",
        LIMITS,
        ("patch.py", "(1 if _earlier(task, moved, ports.clock.now()) else 0)", "0"),
    ),
    mutant(
        "a new limit forgets how long it ran",
        "time",
        LIMITS,
        (
            "patch.py",
            "deadline = epoch(started) + timeout if started else",
            "deadline = 2 * epoch(started) if started else",
        ),
    ),
    mutant(
        "anybody moves anybody's limit",
        "owner",
        LIMITS,
        ("patch.py", "if request.owner is not None and task.owner != request.owner:", "if request is None:"),
    ),
    mutant(
        "a task gets less time than it was promised",
        "time",
        "unit/test_needs.py",
        ("due.py", "return ceil(instant.timestamp())", "return int(instant.timestamp())"),
    ),
    mutant(
        "what waits is launched over its time",
        "time",
        "unit/test_attend.py",
        ("relaunch.py", "is not None and deadline <= now:", "is not None and deadline is None:"),
    ),
    mutant(
        "each copy in the queue is an attempt",
        "launch",
        SWEEPS,
        ("relaunch.py", "task.retry_at is not None and now < task.retry_at", "task.status is None"),
    ),
    mutant(
        "to hand a task over moves the time of its launch",
        "launch",
        SWEEPS,
        ("sweep.py", 'Event.ATTENDED, {"due_at": due})', 'Event.ATTENDED, {"due_at": due, "retry_at": again_at})'),
    ),
    mutant(
        "what is handed over forgets its deadline",
        "time",
        SWEEPS,
        ("sweep.py", "min(again_at, deadline_at(task) or again_at)", "again_at"),
    ),
    mutant(
        "what moved behind the others is not overdue",
        "due",
        SWEEPS,
        ("due.py", "None if task.status is Status.PENDING else due_at(task, settings)", "None"),
    ),
    # -- one write
    mutant(
        "a write does not hold the status",
        "write",
        STATEMENT,
        (
            "statement.py",
            '(OneOf("status", tuple(sorted(sources(change.event)))), *change.requires)',
            "change.requires",
        ),
    ),
    mutant(
        "an end does not look at how it is to end",
        "write",
        STATEMENT,
        ("statement.py", 'return {"status": FirstOf("on_end", natural)}', 'return {"status": natural}'),
    ),
    mutant(
        "repeats crowd out the end",
        "write",
        STATEMENT,
        (
            "statement.py",
            "return max_history * 3 // 4 if isinstance(effect(event), Stays) else max_history",
            "return max_history",
        ),
    ),
    mutant(
        "an unrecorded write does not know its repeat",
        "write",
        STATEMENT,
        ("statement.py", '        conditions += (Differs("write_id", write_id),)\n', "        pass\n"),
    ),
    mutant(
        "a write does not count",
        "write",
        STATEMENT,
        ("statement.py", '"rev": Plus(1)', '"rev": Plus(0)'),
    ),
    mutant(
        "what has ended stays due",
        "write",
        "unit/test_observe.py",
        ("ending.py", '("due_at", "retry_at", ', '("retry_at", '),
    ),
    # -- submissions
    mutant(
        "a key is taken for its task, whatever the body",
        "submit",
        "unit/test_submit.py",
        (
            "submit.py",
            "if current.fingerprint == submission.fingerprint else",
            "if current else",
        ),
    ),
    mutant(
        "two owners share their keys",
        "owner",
        "unit/test_submit.py",
        ("ids.py", "for part in (deployment, owner, key)", "for part in (deployment, key)"),
    ),
    mutant(
        "what is submitted while launching is frozen is launched",
        "freeze",
        "unit/test_submit.py",
        ("submit.py", "waiting if ports.switches.frozen() else _leased", "waiting if ports is None else _leased"),
    ),
    mutant(
        "a launch is tried for ever",
        "launch",
        "unit/test_launch.py",
        ("launch.py", "if task.attempt >= ports.settings.launch_attempts:", "if task.attempt < 0:"),
    ),
    mutant(
        "anybody sees anybody's task",
        "owner",
        "unit/test_show_and_list.py",
        ("show.py", "owner is None or task.owner == owner", "True"),
    ),
    # -- what ECS tells
    mutant(
        "a stop by somebody else is one of ours",
        "report",
        REPORT,
        ("report.py", "return Event.STOPPED if ours else Event.STOPPED_EXTERNALLY", "return Event.STOPPED"),
    ),
    mutant(
        "one stopped container is the death of all",
        "report",
        REPORT,
        ("report.py", "(execution_stopped_at is not None and all_stopped)", "(execution_stopped_at is not None)"),
    ),
    mutant(
        "no container is a stopped container",
        "report",
        REPORT,
        ("report.py", "all_stopped = bool(containers) and all(", "all_stopped = all("),
    ),
    mutant(
        "a stop code that is not known is an exit",
        "report",
        REPORT,
        ("report.py", "            return Event.INTERRUPTED\n", "            return Event.EXITED_NONZERO\n"),
    ),
    mutant(
        "the verdict looks at the exit code alone",
        "verdict",
        VERDICT,
        (
            "verdict.py",
            "return How.UNKNOWN if stopped < killed_from - CLOCK_GRAIN else How.FORCED",
            "return How.FORCED",
        ),
    ),
    mutant(
        "each 137 is out of memory",
        "verdict",
        VERDICT,
        (
            "verdict.py",
            'if (termination.container_reason or "").startswith("OutOfMemory"):',
            "if termination.exit_code == KILLED:",
        ),
    ),
    mutant(
        "gone is a proof like any other",
        "verdict",
        VERDICT,
        ("verdict.py", "    if termination.proof is Proof.GONE:\n        return How.UNKNOWN\n", ""),
    ),
    # -- the looks
    mutant(
        "the sweep believes its index",
        "due",
        SWEEPS,
        ("sweep.py", "if task.due_at is not None and task.due_at <= began]", "if task.id]"),
    ),
    mutant(
        "looks without an answer are always first",
        "due",
        SWEEPS,
        ("conclude.py", "due and max(due, now)", "due"),
    ),
    mutant(
        "without ECS no heart is heard",
        "due",
        "unit/test_attend.py",
        ("attend.py", "if isinstance(need_of_heart(task, ports.clock.now()), Listen):", "if task.status is None:"),
    ),
    mutant(
        "cancellations wait for the rest",
        "due",
        SWEEPS,
        ("sweep.py", "in (*work.cancels, *work.others):", "in (*work.others, *work.cancels):"),
    ),
    mutant(
        "a late cancellation does not ring",
        "due",
        SWEEPS,
        ("sweep.py", "by is not None and by < now:", "by is None:"),
    ),
    mutant(
        "the stop of what was taken over is checked when its lease ends",
        "due",
        "unit/test_attend.py",
        ("takeover.py", "    if task.status is Status.CANCELLING:\n", "    if task.status is None:\n"),
    ),
    mutant(
        "what is missing is asked for by each sweep",
        "due",
        "unit/test_needs.py",
        ("due.py", "    if task.missing_at is not None:\n        return look_at(task, settings)\n", ""),
    ),
    mutant(
        "the hunt takes the news as they come",
        "hunt",
        SWEEPS,
        ("hunt.py", "for report in sorted(news, key=lambda r: r.dead):", "for report in news:"),
    ),
    mutant(
        "the hunt knows no measure",
        "hunt",
        SWEEPS,
        ("hunt.py", "if len(orphans) > ports.settings.hunt_max_stops:", "if len(orphans) < 0:"),
    ),
    mutant(
        "the hunt is always armed",
        "hunt",
        SWEEPS,
        ("hunt.py", "if not ports.switches.hunting():", "if ports is None:"),
    ),
    mutant(
        "the hunt kills by a record that it read before",
        "hunt",
        SWEEPS,
        (
            "hunt.py",
            "    if not isinstance(task, Missing) and legitimate(task, report.arn, mark.attempt):\n        return False\n",
            "",
        ),
    ),
    # -- the way to AWS
    mutant(
        "a throttle in disguise is a refusal for good",
        "aws",
        ECS,
        ("aws/errors.py", "or any(disguise in words(error).lower() for disguise in DISGUISES)", "or False"),
    ),
    mutant(
        "one ARN hides a hundred",
        "aws",
        ECS,
        ("aws/ecs.py", "if len(arns) > 1 and _malformed(error):", "if error is None:"),
    ),
    mutant(
        "whatever is not described is missing",
        "aws",
        ECS,
        ("aws/ecs.py", 'NotThere() if missing.get(arn) == "MISSING" else NotRead()', "NotThere()"),
    ),
    mutant(
        "a read may be old",
        "aws",
        DYNAMODB,
        ("aws/dynamodb.py", "Key=key(task_id), ConsistentRead=True)", "Key=key(task_id), ConsistentRead=False)"),
    ),
    mutant(
        "a page's records may be old",
        "aws",
        DYNAMODB,
        ("aws/dynamodb.py", '"ConsistentRead": True', '"ConsistentRead": False'),
    ),
    mutant(
        "a record is created over another",
        "aws",
        DYNAMODB,
        ("aws/dynamodb.py", 'expressions.condition(Absent("pk"))', 'expressions.condition(Absent("nothing"))'),
    ),
    mutant(
        "what BatchGetItem leaves over is forgotten",
        "aws",
        DYNAMODB,
        ("aws/dynamodb.py", "BATCH_TRIES = 5", "BATCH_TRIES = 1"),
    ),
    # -- tasks themselves
    mutant(
        "a token outlives its task",
        "token",
        ITSELF,
        ("tokens.py", " and task.status in ALIVE", ""),
    ),
    mutant(
        "a token is good for every attempt",
        "token",
        ITSELF,
        ("tokens.py", " and task.attempt == self.attempt", ""),
    ),
    mutant(
        "a short heartbeat waits for the lease's end",
        "heartbeat",
        NOTES,
        ("observe.py", "Noted(_listened_for(ports, task))", "Noted(task)"),
    ),
    mutant(
        "the result of a dying task is a whole one",
        "notes",
        NOTES,
        ("tell.py", "partial=task.status is Status.CANCELLING", "partial=False"),
    ),
    mutant(
        "news of one kind is lost to another's",
        "notes",
        "contract/test_note_store.py",
        ("aws/notes.py", "for order, kind in news:", "for order, kind in news[:0]:"),
    ),
    # -- the canary
    mutant(
        "the canary takes ECS at its word for anything",
        "canary",
        "unit/test_canary.py",
        ("canary.py", "isinstance(reading, Report) and reading.dead", "isinstance(reading, Report)"),
    ),
)
