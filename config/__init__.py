"""What the operator decides: settings of this installation and profiles of the watched sites."""
