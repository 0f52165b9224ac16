"""An evaluation that can be called off at any moment and gone on with: it keeps a checkpoint after each round.

POST /tasks {"image": …, "command": ["python", "evaluation.py", "200"], "resume_from": "<the task before>"}
"""

import sys
import time

from calloff import task


def main(rounds: int) -> None:
    """Score `rounds` items, from where an earlier task was stopped."""
    # Before the first word: whoever reads that may cancel at once.
    task.install()
    kept = task.resume()
    done, score = (kept.data["done"], kept.data["score"]) if kept else (0, 0.0)
    print("from", done, flush=True)
    task.on_cleanup(lambda: print("tidied up", flush=True))
    try:
        for number in range(done, rounds):
            task.check_cancellation()
            score += _evaluate(number)
            done = number + 1
            task.progress(done, rounds)
    finally:
        # Also while dying: nothing that was scored is lost.
        task.checkpoint({"done": done, "score": score})
        task.result({"done": done, "mean": score / max(done, 1)})


def _evaluate(number: int) -> float:
    time.sleep(0.05)
    return number % 7 / 7


if __name__ == "__main__":
    main(int(sys.argv[1]))
