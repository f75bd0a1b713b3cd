"""A season that never was: a world by seed, crawls of it, and a truth that shares no code with the judge."""
