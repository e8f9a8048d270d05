"""Random sequences of calls, compared with a model of the contract."""
