"""`serverless.yml`, the manifest of the Serverless Framework, read as a manifest of atoll.

`reading.read` gives what a TOML text gives: values in the form of `spin.toml`, and the place of each in the YAML. Each
HTTP event becomes a trigger of the kind `function`; what then calls the component is decided when its wasm file is
known (`atoll.host.functions`).
"""
