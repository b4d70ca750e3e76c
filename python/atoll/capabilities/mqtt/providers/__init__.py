"""The built-in providers of outbound MQTT, one file each."""
