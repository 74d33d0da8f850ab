"""The way to a host: WinRM through pywinrm, credentials, and one tree of errors that says whose fault it is and what to do."""
