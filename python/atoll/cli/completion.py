"""`atoll completion`: the script that makes a shell complete."""

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a SHELL, to be sourced from its start-up file.

    It offers commands, options and files, component ids, profiles, templates, toolchains and error codes.

    \b
    eval "$(atoll completion bash)"          # in ~/.bashrc
    eval "$(atoll completion zsh)"           # in ~/.zshrc, behind compinit
    atoll completion fish | source           # in ~/.config/fish/config.fish
    """
    completion = get_completion_class(shell)
    assert completion is not None, "the shells of the choice are those that click knows"
    click.echo(completion(context.find_root().command, {}, "atoll", "_ATOLL_COMPLETE").source())
