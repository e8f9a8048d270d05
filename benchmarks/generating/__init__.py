"""What the benchmark of the fixtures is made of: who makes records, how they are timed and weighed, how it is shown."""
