"""What `course doctor` looks at: the findings and their report, the installation, the machine."""
