"""What a release must satisfy: suites as plain data, statistics to hold them against, and the gate."""
