"""What the operator of an app says, apart from its author: the runtime config, backends, variables.

`prepare` puts it together with an app into everything that the data plane needs, but for the settings of one way to
serve it.
"""
