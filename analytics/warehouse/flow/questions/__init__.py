"""The steps of answering a question: choose the roll-up, count, arrange the rows."""
