"""Lines of HEARTBEAT.md with the rules that a careful person reads from them."""
