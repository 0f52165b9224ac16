"""``make demo``: real containers submitted, cancelled and proven dead, told as a story, checked as a test."""
