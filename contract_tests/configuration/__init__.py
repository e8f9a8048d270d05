"""Options of the command, of pytest and of cancelkit.toml, and the settings they make."""
