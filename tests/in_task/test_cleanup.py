"""Clean-up hooks run once, the newest first, whatever happens beside them."""

import signal

CANCELLED = 128 + signal.SIGTERM

HOOKS = """
for name in ("first", "second", "third"):
    task.on_cleanup(lambda name=name: print(name))
print("ready")
"""


def test_they_run_once_and_the_newest_first_in_a_storm_of_signals(script):
    program = script(HOOKS + "while True: task.check_cancellation()")
    program.says("ready")
    program.signal(times=500)
    assert program.ends() == CANCELLED
    assert program.words == ["ready", "third", "second", "first"]


def test_the_storm_may_go_on_while_they_run(script):
    program = script("""
        import time
        @task.on_cleanup
        def slow():
            print("begun")
            time.sleep(0.3)
            print("done")
        print("ready")
        task.sleep(3600)
    """)
    program.says("ready")
    program.signal()
    program.says("begun")
    program.signal(times=500)
    assert program.ends() == CANCELLED
    assert program.words == ["ready", "begun", "done"]


def test_a_program_that_ends_by_itself_has_nothing_to_clean_up(script):
    program = script(HOOKS)
    assert program.ends() == 0
    assert program.words == ["ready"]


def test_one_that_fails_or_exits_keeps_no_other_from_running(script):
    program = script("""
        import sys
        task.on_cleanup(lambda: print("last"))
        task.on_cleanup(lambda: sys.exit(3))
        task.on_cleanup(lambda: 1 / 0)
        print("ready")
        task.sleep(3600)
    """)
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert program.words[-1] == "last"
    assert "ZeroDivisionError" in program.said


def test_a_program_that_is_stuck_is_cleaned_up_beside_before_it_is_killed(script):
    program = script(HOOKS + "import time\nwhile True: time.sleep(0.01)", CALLOFF_GRACE="2")
    program.says("ready")
    program.signal()
    program.says("first")
    assert program.process.poll() is None
    program.signal(signal.SIGKILL)
    program.ends()
    assert program.words == ["ready", "third", "second", "first"]


def test_they_know_what_is_left_of_the_grace(script):
    program = script(
        """
        task.on_cleanup(lambda: print(0 < task.grace_left() <= 60))
        print("ready", task.grace_left())
        task.sleep(3600)
    """,
        CALLOFF_GRACE="60",
    )
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert program.words == ["ready", "60.0", "True"]
