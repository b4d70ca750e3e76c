"""OpenTelemetry over OTLP/HTTP, where the standard variables ask for it.

`config` reads the variables and is light; everything else imports OpenTelemetry's packages and is imported only when a
signal is on. Workers export spans and log records, the supervisor exports the metrics of all workers together.
"""
