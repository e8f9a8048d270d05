"""The API of the contract: how a call is routed, checked, handled and answered."""
