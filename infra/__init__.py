"""What makes Calloff an installation on AWS: the template, the package, and its deployment to the emulator."""
