"""The one place that states the version: read by the build, the CLI and the health answer."""

VERSION = "0.1.0"
