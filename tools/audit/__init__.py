"""Known vulnerabilities of what the lock files pin, asked of the registries that this machine installs from."""
