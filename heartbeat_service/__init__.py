"""The service around the graph: timer, runner, HTTP API and command line.

Raises:
    ImportError: another package is found where one of Heartbeat's own is needed.
"""

from heartbeat_service.packages import check_packages

check_packages()
