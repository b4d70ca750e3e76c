"""A Flask application."""

from flask import Flask, Response, jsonify, render_template_string, request, stream_with_context

app = Flask(__name__)


@app.get("/hello/<name>")
def hello(name):
    return f"Hello {name} {request.args['a']} {request.headers['X-Told']}\n"


@app.post("/echo")
def echo():
    return Response(stream_with_context(iter(lambda: request.stream.read(1000), b"")))


@app.post("/form")
def form():
    return jsonify(request.form)


@app.get("/page")
def page():
    return render_template_string("<p>{{ text }}</p>", text="<b>")


@app.get("/lines")
def lines():
    return (f"{n}\n" for n in range(3))


@app.get("/fails")
def fails():
    raise ValueError("as asked")


def client():
    """Flask imports its test client when it is first asked for it."""
    return app.test_client()


@app.get("/itself")
def itself():
    return client().get("/lines").data
