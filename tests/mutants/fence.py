"""The guards of the launch fence, and of what is taken in of containers: each taken out, or wrong."""

from tests.mutants.mutant import mutant

FENCE = (
    # -- one statement, a write that knows itself
    mutant(
        "attend concludes whatever was written meanwhile",
        "write",
        "fence/test_lease.py::test_two_launchers_of_one_task_make_one_attempt",
        ("conclude.py", 'requires=(under or Equals("rev", seen.rev), *requires)', "requires=requires"),
    ),
    mutant(
        "a write does not know itself",
        "write",
        "fence/test_lease.py::test_a_claim_whose_write_is_repeated_is_launched_at_once",
        ("aws/dynamodb.py", "return current.write_id == write_id or", "return False and"),
    ),
    mutant(
        "a write knows itself by the newest write alone",
        "write",
        "fence/test_lease.py::test_a_claim_that_is_cancelled_before_its_write_is_repeated_goes_on",
        ("aws/dynamodb.py", " or any(entry.write_id == write_id for entry in current.history)", ""),
    ),
    mutant(
        "a repeated claim takes another's lease for its own",
        "write",
        "fence/test_lease.py::test_a_claim_that_is_repeated_after_its_lease_was_taken_is_nobodys",
        ("relaunch.py", 'Applied(claimed) if claimed.lease_id == claim["lease_id"]', "Applied(claimed)"),
    ),
    mutant(
        "a write that holds in its own result applies twice",
        "write",
        "fence/test_lease.py::test_a_repeated_cancel_whose_write_is_repeated_counts_once",
        ("statement.py", ', Lacks("history", entry))', ",)"),
    ),
    # -- the life of a task
    mutant(
        "a cancel is at once cancelled",
        "life",
        "fence/test_resend.py::test_a_cancel_after_an_ambiguous_error_waits_for_the_death",
        (
            "lifecycle.py",
            "(Event.CANCEL_REQUESTED, Status.STARTING): Status.CANCELLING",
            "(Event.CANCEL_REQUESTED, Status.STARTING): Status.CANCELLED",
        ),
        (
            "lifecycle.py",
            "(Event.CANCEL_REQUESTED, Status.RUNNING): Status.CANCELLING",
            "(Event.CANCEL_REQUESTED, Status.RUNNING): Status.CANCELLED",
        ),
    ),
    mutant(
        "a cancel does not say how the task ends",
        "life",
        "fence/test_events.py::test_whoever_got_a_202_is_not_contradicted_by_an_exit_of_its_own",
        ("cancel.py", '            "on_end": Status.CANCELLED,\n', ""),
    ),
    mutant(
        "STOPPING is taken for death",
        "life",
        "fence/test_events.py::test_stopping_is_no_death",
        ("report.py", 'dead=last_status == "STOPPED"', 'dead=task.get("desiredStatus") == "STOPPED"'),
    ),
    # -- the cancel
    mutant(
        "the sweep does not repeat the stop",
        "cancel",
        "fence/test_hunt.py::test_a_stop_that_was_lost_is_sent_again_by_the_sweep_alone",
        ("attend.py", "            stop_task(ports, stopping)\n", ""),
    ),
    # -- the fence: the token
    mutant(
        "each send has a token of its own",
        "launch",
        "fence/test_resend.py::test_after_an_ambiguous_error_the_identical_request_is_sent_again",
        ("fargate.py", '"clientToken": f"{task.id}:{task.attempt}"', '"clientToken": __import__("uuid").uuid4().hex'),
    ),
    mutant(
        "each lease has a token of its own",
        "launch",
        "fence/test_dead_launcher.py::test_the_container_of_a_dead_launcher_is_adopted",
        ("fargate.py", '"clientToken": f"{task.id}:{task.attempt}"', '"clientToken": f"{task.id[:8]}:{task.lease_id}"'),
    ),
    mutant(
        "all attempts have one token",
        "launch",
        "fence/test_events.py::test_stopped_of_attempt_1_is_told_again_while_attempt_2_runs",
        ("fargate.py", '"clientToken": f"{task.id}:{task.attempt}"', '"clientToken": task.id'),
    ),
    mutant(
        "a request is made from the settings of the moment",
        "launch",
        "fence/test_resend.py::test_the_request_is_identical_though_the_settings_have_changed",
        (
            "launch.py",
            "    match ports.containers.run(_request(ports, task)):",
            (
                "    again = _request(ports, task)\n"
                '    again["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = list(ports.settings.subnets)\n'
                "    match ports.containers.run(again):"
            ),
        ),
    ),
    mutant(
        "the SDK repeats RunTask by itself",
        "launch",
        "fence/test_resend.py::test_an_ambiguous_error_followed_by_throttles_leaves_the_task_starting",
        ("aws/clients.py", "config=_config(settings, attempts=1)", "config=_config(settings, attempts=3)"),
    ),
    mutant(
        "the refusal of a resend counts",
        "launch",
        "fence/test_resend.py::test_no_refusal_of_a_resend_speaks_for_the_first",
        ("launch.py", "            return resend(ports, task)\n", "            return _send(ports, task)\n"),
    ),
    mutant(
        "the refusal of a sweeper's resend counts",
        "launch",
        "fence/test_resend.py::test_no_refusal_of_a_sweepers_resend_speaks_for_the_first",
        ("takeover.py", "return resend(ports, task)", "return launch(ports, task)"),
        ("takeover.py", "import resend", "import launch"),
    ),
    mutant(
        "a time-out is taken for a refusal",
        "launch",
        "fence/test_resend.py::test_a_cancel_after_an_ambiguous_error_waits_for_the_death",
        (
            "aws/ecs.py",
            "if not isinstance(error, ClientError) or http_status(error) >= SERVER_FAULT:\n        return Unclear",
            "if not isinstance(error, ClientError) or http_status(error) >= SERVER_FAULT:\n        return Deferred",
        ),
    ),
    mutant(
        "an unknown error is taken for a refusal",
        "launch",
        "fence/test_resend.py::test_a_cancel_after_an_ambiguous_error_waits_for_the_death",
        (
            "aws/ecs.py",
            "Rejected(words(error)) if code(error) in PERMANENT else Unclear(words(error))",
            "Rejected(words(error))",
        ),
    ),
    mutant(
        "an answer that says nothing is taken for a refusal",
        "launch",
        "fence/test_resend.py::test_a_cancel_after_an_ambiguous_error_waits_for_the_death",
        ("aws/ecs.py", 'return Unclear("RunTask answered neither', 'return Deferred("RunTask answered neither'),
    ),
    mutant(
        "a conflict is not adopted",
        "launch",
        "fence/test_resend.py::test_a_conflict_on_our_own_token_means_adopt",
        ("aws/ecs.py", "return Launched(arns[0]) if arns else", "return"),
    ),
    mutant(
        "what an adopted container did before is hidden by its version",
        "facts",
        "fence/test_resend.py::test_a_running_container_is_adopted_by_its_token",
        ("launch.py", '"ecs_version": FIRST_VERSION', '"ecs_version": 4'),
    ),
    # -- the fence: the lease
    mutant(
        "a refusal is written whatever the lease and the attempt",
        "launch",
        "fence/test_schedules.py::test_a_refusal_written_again_meets_the_next_attempt",
        (
            "launch.py",
            'requires=leased(task.lease_id or ""),\n        sets={"retry_at"',
            'requires=(),\n        sets={"retry_at"',
        ),
    ),
    mutant(
        "a refusal is written under the attempt, whatever the lease",
        "launch",
        "fence/test_schedules.py::test_a_refusal_arrives_after_its_lease_was_taken",
        (
            "launch.py",
            'requires=leased(task.lease_id or ""),\n        sets={"retry_at"',
            'requires=unlaunched(task.attempt),\n        sets={"retry_at"',
        ),
    ),
    mutant(
        "a final refusal is written under the attempt, whatever the lease",
        "launch",
        "fence/test_schedules.py::test_a_refusal_arrives_after_its_lease_was_taken",
        (
            "launch.py",
            'requires=leased(task.lease_id or ""),\n        sets={"refusal"',
            'requires=unlaunched(task.attempt),\n        sets={"refusal"',
        ),
    ),
    mutant(
        "the sweeper sends again without taking the lease",
        "launch",
        "fence/test_schedules.py::test_a_refusal_arrives_after_its_lease_was_taken",
        (
            "takeover.py",
            "match conclude(ports, task, Event.LEASE_TAKEN, lease, requires=over, under=same):",
            "lease['lease_id'] = task.lease_id\n    match Applied(task):",
        ),
    ),
    mutant(
        "the sweeper takes the lease without a new name",
        "launch",
        "fence/test_schedules.py::test_a_refusal_arrives_after_its_lease_was_taken",
        ("takeover.py", '"lease_id": new_lease_id()', '"lease_id": task.lease_id'),
    ),
    mutant(
        "the sweeper that is refused the lease sends all the same",
        "launch",
        "fence/test_schedules.py::test_a_sweeper_that_looked_long_ago_sends_nothing",
        (
            "takeover.py",
            "Refused(current):\n            return current",
            "Refused(current):\n            return resend(ports, task)",
        ),
    ),
    mutant(
        "the sweeper takes a lease that is open",
        "launch",
        "fence/test_lease.py::test_a_lease_that_is_open_is_not_taken",
        ("needs.py", "if task.lease_ends_at is not None and task.lease_ends_at > now:", "if task.status is None:"),
        ("takeover.py", 'AtMost("lease_ends_at", now)', 'AtMost("attempt", 99)'),
    ),
    mutant(
        "a lease that is over means never launched",
        "launch",
        "fence/test_dead_launcher.py::test_a_cancel_after_the_launchers_death_is_proven_in_minutes",
        (
            "takeover.py",
            "    match conclude(",
            '    if task.on_end:\n        return _reject(ports, task, "lease over")\n    match conclude(',
        ),
        ("takeover.py", "import resend", "import _reject, resend"),
    ),
    mutant(
        "a lease that is over is the licence to another attempt",
        "launch",
        "fence/test_dead_launcher.py::test_the_container_of_a_dead_launcher_is_adopted",
        (
            "takeover.py",
            "    match conclude(",
            '    return _defer(ports, task, "lease over")\n    match conclude(',
        ),
        ("takeover.py", "import resend", "import _defer, resend"),
    ),
    mutant(
        "a dead launcher's definition is not registered",
        "launch",
        "fence/test_dead_launcher.py::test_the_container_of_a_dead_launcher_is_adopted",
        (
            "takeover.py",
            'ours = definition["family"] == task.placement.definition',
            'ours = definition["family"] == ""',
        ),
    ),
    mutant(
        "nothing is sent again while launching is frozen",
        "freeze",
        "fence/test_freeze.py::test_a_frozen_cancel_may_send_a_dead_launchers_request_again",
        (
            "takeover.py",
            "    now = ports.clock.now()\n",
            "    now = ports.clock.now()\n    if ports.switches.frozen():\n        return task\n",
        ),
    ),
    mutant(
        "what waits is launched while launching is frozen",
        "freeze",
        "fence/test_freeze.py::test_while_frozen_nothing_that_waits_is_launched",
        ("relaunch.py", " or ports.switches.frozen()", ""),
        ("sweep.py", "if frozen or not handed:", "if not handed:"),
    ),
    # -- the fence: the claim
    mutant(
        "the claim does not count the attempt",
        "launch",
        "fence/test_lease.py::test_a_claim_whose_write_is_repeated_is_launched_at_once",
        ("relaunch.py", '"attempt": task.attempt + 1', '"attempt": task.attempt'),
    ),
    mutant(
        "the claim keeps the last attempt's container",
        "launch",
        "fence/test_events.py::test_stopped_of_attempt_1_is_told_again_while_attempt_2_has_no_container_yet",
        ("relaunch.py", 'OF_THE_LAST_ATTEMPT = ("ecs_arn", ', "OF_THE_LAST_ATTEMPT = ("),
    ),
    mutant(
        "the claim says no instant at which it is due",
        "due",
        "fence/test_dead_launcher.py::test_a_launcher_of_a_waiting_task_may_die_likewise",
        ("conclude.py", "status=TRANSITIONS[event, seen.status], ", ""),
    ),
    # -- the fence: what can be sent no more
    mutant(
        "a launch is sent again for a day",
        "launch",
        "fence/test_schedules.py::test_nobody_sends_again_when_the_token_may_have_died",
        ("config.py", "resend_window_s: Positive = 3000", "resend_window_s: Positive = 86400"),
    ),
    mutant(
        "an empty list is proof",
        "launch",
        "fence/test_quarantine.py::test_one_empty_list_proves_nothing",
        ("search.py", "if second is None or now < second:", "if task.status is None:"),
    ),
    mutant(
        "the second listing follows at once",
        "launch",
        "fence/test_quarantine.py::test_lists_that_lag_by_minutes_are_waited_for",
        ("config.py", "second_listing_s: Positive = 600", "second_listing_s: Positive = 1"),
    ),
    mutant(
        "only what ECS wants running is listed",
        "launch",
        "fence/test_schedules.py::test_a_container_that_is_stopping_is_listed",
        ("aws/ecs.py", 'for wanted in ("RUNNING", "STOPPED"):', 'for wanted in ("RUNNING",):'),
    ),
    mutant(
        "a list that is not answered is an empty one",
        "launch",
        "fence/test_quarantine.py::test_a_list_that_is_not_answered_is_no_empty_one",
        (
            "aws/ecs.py",
            "return Unclear(words(error))\n        return self.describe(",
            "return {}\n        return self.describe(",
        ),
    ),
    mutant(
        "a list of what is not described is an empty one",
        "launch",
        "fence/test_quarantine.py::test_a_list_of_what_cannot_be_described_is_no_empty_one",
        (
            "aws/ecs.py",
            "Found(reports) if len(reports) == len(readings) else",
            "Found(reports) if readings is not None else",
        ),
    ),
    mutant(
        "a list of what is missing is an empty one",
        "launch",
        "fence/test_quarantine.py::test_a_list_of_what_describe_calls_missing_is_no_empty_one",
        (
            "aws/ecs.py",
            "if len(reports) == len(readings) else",
            "if not any(isinstance(r, NotRead) for r in readings.values()) else",
        ),
    ),
    mutant(
        "nothing found is concluded over what was heard meanwhile",
        "launch",
        "fence/test_quarantine.py::test_what_is_heard_of_during_the_second_listing_is_not_forgotten",
        (
            "search.py",
            '    guards = (*quiet, Equals("listed_empty_at", task.listed_empty_at))',
            "    guards = ()",
        ),
    ),
    mutant(
        "nothing found is concluded under the rev",
        "launch",
        "fence/test_quarantine.py::test_a_cancel_repeated_every_minute_does_not_starve_it",
        (
            "search.py",
            '    guards = (*quiet, Equals("listed_empty_at", task.listed_empty_at))',
            '    guards = (Equals("rev", task.rev),)',
        ),
    ),
    mutant(
        "the first empty list is noted under the rev",
        "launch",
        "fence/test_quarantine.py::test_a_cancel_repeated_every_minute_does_not_starve_it",
        ("search.py", ', requires=quiet, under=Absent("listed_empty_at")', ", requires=quiet"),
    ),
    mutant(
        "the lease is taken under the rev",
        "launch",
        "fence/test_lease.py::test_a_cancel_repeated_every_minute_does_not_starve_the_takeover",
        ("takeover.py", "requires=over, under=same)", "requires=over)"),
    ),
    mutant(
        "the sweeper takes whichever lease it meets",
        "launch",
        "fence/test_lease.py::test_of_two_sweepers_who_look_at_one_lease_one_sends_though_it_is_not_answered",
        (
            "takeover.py",
            'same, over = Equals("lease_id", task.lease_id), (Absent("ecs_arn"), AtMost("lease_ends_at", now))',
            'same, over = Absent("ecs_arn"), (Absent("ecs_arn"),)',
        ),
    ),
    mutant(
        "the dead one of two containers is adopted",
        "launch",
        "fence/test_quarantine.py::test_of_two_containers_the_living_one_is_adopted",
        ("search.py", "sorted(reports, key=lambda r: r.dead)", "sorted(reports, key=lambda r: not r.dead)"),
    ),
    mutant(
        "what is listed is not adopted",
        "launch",
        "fence/test_quarantine.py::test_what_the_lists_show_is_adopted",
        ("search.py", "match observe(ports, report):", "match None:"),
    ),
    mutant(
        "nothing is searched",
        "launch",
        "fence/test_quarantine.py::test_ecs_that_refuses_every_resend_is_searched_in_the_end",
        ("attend.py", "return search(ports, task)", "return task"),
    ),
    # -- facts are bound to their container
    mutant(
        "the save does not hold the attempt",
        "facts",
        "fence/test_events.py::test_the_save_of_attempt_1_comes_when_attempt_2_is_being_launched",
        ("launch.py", "requires=unlaunched(task.attempt),", "requires=unlaunched(task.attempt)[:1],"),
    ),
    mutant(
        "facts do not hold the attempt",
        "facts",
        "fence/test_events.py::test_stopped_of_attempt_1_is_told_again_while_attempt_2_has_no_container_yet",
        ("conditions.py", "AnyOf((known, unlaunched(attempt)))", "AnyOf((known, unlaunched(attempt)[:1]))"),
    ),
    mutant(
        "facts do not hold the ARN",
        "facts",
        "fence/test_events.py::test_stopped_of_attempt_1_is_told_again_while_attempt_2_is_being_cancelled",
        (
            "conditions.py",
            'known = (Equals("ecs_arn", arn), Below("ecs_version", version))',
            'known = (Below("ecs_version", version),)',
        ),
    ),
    mutant(
        "facts do not hold the version",
        "facts",
        "fence/test_events.py::test_what_is_known_of_a_container_does_not_go_back",
        (
            "conditions.py",
            'known = (Equals("ecs_arn", arn), Below("ecs_version", version))',
            'known = (Equals("ecs_arn", arn),)',
        ),
    ),
    mutant(
        "a container of a cancelled task is not adopted when it runs",
        "facts",
        "fence/test_events.py::test_the_handler_that_hears_it_run_adopts_the_container_of_a_cancelled_task",
        ("observe.py", "if event is Event.STARTED and _cancelling_this(current, report, mark):", "if current is None:"),
    ),
    # -- which container may live
    mutant(
        "a saved container is not stopped though its task was cancelled",
        "legitimate",
        "fence/test_dead_launcher.py::test_a_sweeper_stops_what_it_adopts_for_a_cancelled_task_at_once",
        (
            "launch.py",
            "            if saved.status is Status.CANCELLING:\n                stop_task(ports, saved)\n",
            "",
        ),
    ),
    mutant(
        "a container whose save is refused is left",
        "legitimate",
        "fence/test_events.py::test_a_launcher_whose_save_is_refused_stops_what_is_not_the_records",
        (
            "launch.py",
            "if current.ecs_arn != launched.arn or current.status not in (Status.STARTING, Status.RUNNING):",
            "if current is None:",
        ),
    ),
    mutant(
        "a container whose save is refused is stopped though it is the record's",
        "legitimate",
        "fence/test_events.py::test_running_is_told_before_the_launcher_saves_the_arn",
        (
            "launch.py",
            "if current.ecs_arn != launched.arn or current.status not in (Status.STARTING, Status.RUNNING):",
            "if current:",
        ),
    ),
    mutant(
        "an adopted container is not stopped though its task was cancelled",
        "legitimate",
        "fence/test_events.py::test_the_handler_that_hears_it_run_adopts_the_container_of_a_cancelled_task",
        (
            "observe.py",
            "            if task.status is Status.CANCELLING and not report.stopping:\n                stop_task(ports, task)\n",
            "",
        ),
    ),
    mutant(
        "a container that is not the record's is left by whoever hears of it",
        "legitimate",
        "fence/test_events.py::test_a_second_container_of_a_live_task_is_stopped_by_whoever_hears_of_it",
        (
            "observe.py",
            "            if not (legitimate(current, report.arn, mark.attempt) or dying(current, report.arn)):\n",
            "            if current is None:\n",
        ),
    ),
    mutant(
        "old news of a container stops it again while its stop is under way",
        "legitimate",
        "unit/test_observe.py",
        ("observe.py", " or dying(current, report.arn)", ""),
    ),
    mutant(
        "a container is legitimate under an open lease only",
        "legitimate",
        "fence/test_schedules.py::test_the_hunt_spares_the_container_of_a_dead_launcher",
        (
            "hunt.py",
            "return task is None or not legitimate(task, report.arn, mark.attempt)",
            "return task is None or task.ecs_arn is None or not legitimate(task, report.arn, mark.attempt)",
        ),
        (
            "hunt.py",
            "legitimate(task, report.arn, mark.attempt):\n        return False",
            (
                "legitimate(task, report.arn, mark.attempt) and (\n"
                "        task.ecs_arn or task.lease_ends_at > ports.clock.now()\n"
                "    ):\n"
                "        return False"
            ),
        ),
    ),
    mutant(
        "only the record's own container is legitimate",
        "legitimate",
        "fence/test_schedules.py::test_the_hunt_spares_the_container_of_a_dead_launcher",
        (
            "fence.py",
            "return task.status in (Status.STARTING, Status.CANCELLING) and task.attempt == attempt",
            "return False",
        ),
    ),
    mutant(
        "a container of any attempt is legitimate while none is known",
        "legitimate",
        "fence/test_hunt.py::test_the_hunt_stops_a_container_of_attempt_1_while_attempt_2_has_none_yet",
        ("fence.py", " and task.attempt == attempt", ""),
    ),
    mutant(
        "a container of another deployment is ours",
        "legitimate",
        "fence/test_events.py::test_a_container_without_our_mark_is_left_alone",
        ("observe.py", "if mark is None or mark.deployment != ports.settings.deployment:", "if mark is None:"),
        (
            "hunt.py",
            "if mark is not None and mark.deployment == ports.settings.deployment else",
            "if mark is not None else",
        ),
    ),
    # -- the looks
    mutant(
        "a task that runs is not looked at",
        "due",
        "fence/test_schedules.py::test_a_task_without_deadline_whose_end_was_lost_is_looked_at",
        ("config.py", "look_after_s: Positive = 900", "look_after_s: Positive = 10**9"),
    ),
    mutant(
        "a task that starts is not looked at",
        "due",
        "fence/test_schedules.py::test_a_task_that_never_heard_of_its_container_again_is_looked_at",
        (
            "due.py",
            "patience = settings.launch_lease_s if task.status is Status.STARTING else settings.look_after_s",
            "patience = 10**9 if task.status is Status.STARTING else settings.look_after_s",
        ),
    ),
    # -- MISSING
    mutant(
        "one MISSING is proof",
        "missing",
        "fence/test_missing.py::test_one_reading_is_nothing",
        ("missing.py", "if task.missing_at is None:", "if task.status is None:"),
        (
            "missing.py",
            "apart = now - task.missing_at >= timedelta(seconds=ports.settings.missing_again_s)",
            "apart = True",
        ),
        ("missing.py", 'Equals("missing_at", task.missing_at)', 'Equals("owner", task.owner)'),
    ),
    mutant(
        "two MISSING at once are proof",
        "missing",
        "fence/test_missing.py::test_two_readings_after_more_than_an_hour_are_the_end",
        ("config.py", "missing_again_s: Positive = 300", "missing_again_s: Positive = 1"),
    ),
    mutant(
        "MISSING is proof though the container was just seen",
        "missing",
        "fence/test_missing.py::test_readings_of_a_container_that_was_just_seen_are_nothing",
        ("missing.py", "if not (seen_long_ago and apart", "if not (apart"),
    ),
    mutant(
        "MISSING is proof though the cluster is not active",
        "missing",
        "fence/test_missing.py::test_a_cluster_that_is_not_active_misses_everything",
        ("missing.py", " and ports.containers.cluster_active(task.placement.cluster)", ""),
    ),
    mutant(
        "a storm of MISSING counts",
        "missing",
        "fence/test_missing.py::test_a_storm_changes_nothing",
        ("sweep.py", "if swept.missing > ports.settings.max_missing:", "if swept.missing < 0:"),
    ),
    mutant(
        "RunTask's answer is no sight of the container",
        "missing",
        "fence/test_schedules.py::test_runtasks_own_answer_counts_as_having_seen_the_container",
        ("launch.py", ', "seen_at": now}', "}"),
    ),
    mutant(
        "a look is no sight of the container",
        "missing",
        "fence/test_missing.py::test_a_container_that_was_shown_all_the_time_is_not_gone",
        ("attend.py", 'return {"seen_at": now, "missing_at": None}', 'return {"looked_at": now, "missing_at": None}'),
    ),
    mutant(
        "readings of MISSING add up over a sight",
        "missing",
        "fence/test_missing.py::test_readings_with_a_sight_between_them_do_not_add_up",
        ("attend.py", 'return {"seen_at": now, "missing_at": None}', 'return {"seen_at": now}'),
    ),
    # -- the hunt
    mutant(
        "any end in the record says that the container is dead",
        "hunt",
        "unit/test_sweep_and_hunt.py::test_what_lives_after_its_end_was_concluded_is_an_orphan",
        ("fence.py", "    return by_ecs and task", "    return task"),
    ),
    mutant(
        "the hunt stops only what lives beside a record that has ended",
        "hunt",
        "fence/test_hunt.py::test_the_hunt_stops_a_container_of_attempt_1_beside_attempt_2",
        (
            "hunt.py",
            "return task is None or not legitimate(task, report.arn, mark.attempt)",
            "return task is None or task.status in TERMINAL",
        ),
    ),
    mutant(
        "the hunt reads the records before it lists",
        "hunt",
        "fence/test_hunt.py::test_the_hunt_reads_the_records_after_it_listed",
        (
            "hunt.py",
            "    found = ports.containers.find_all(",
            (
                "    before = ports.store.get_many(ports.store.due(ports.clock.now().replace(year=9999), 10**6))\n"
                "    found = ports.containers.find_all("
            ),
        ),
        ("hunt.py", "read = ports.store.get_many(sorted({mark.task_id for _, mark in marked}))", "read = before"),
        ("hunt.py", "    task = ports.store.get(mark.task_id)\n", "    task = Missing()\n"),
    ),
)
