"""The store: a workspace folder of Delta tables, one pointer to a consistent set of them, a roll-up."""
