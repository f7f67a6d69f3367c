"""Gold questions -> how good answers are, where they fail, and whether a change made them better or worse."""
