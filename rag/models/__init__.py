"""Models: what is pinned, how it is pulled and checked, and what each computes."""
