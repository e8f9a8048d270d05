"""The suite against every mutant of the mock."""
