//! The function of each command.

use super::args::{Cli, Command};
use super::options::OutputOptions;
use super::{
    Outcome, arrange, assign, attach, check, config, controller, demo, detach, detect, diff, free,
    freeze, libvirt, mistyped, output, relocate, rules, screen, set, settings, show, theme,
};

/// Runs the command of the arguments.
pub(super) fn run(cli: Cli) -> color_eyre::Result<Outcome> {
    let mut options = cli.options;
    settings::complete(&mut options);
    libvirt::explain(&options);
    let options = &options;
    match cli.command {
        Some(command) => run_command(command, options),
        None => {
            if cli.file.is_none() && !cli.live.is_given() {
                return Ok(output::fail("no FILE is given; `virt-topo demo` shows example guests"));
            }
            if let Some(message) = cli.file.as_deref().and_then(mistyped::explain) {
                return Ok(output::fail(&message));
            }
            let (file, live) = (cli.file.as_deref(), Some(&cli.live));
            let wanted = screen::Wanted { file, live, picks_demo: false };
            screen::run(&wanted, &cli.screen, options)
        }
    }
}

/// Runs a command.
fn run_command(command: Command, options: &OutputOptions) -> color_eyre::Result<Outcome> {
    match command {
        Command::Detect(args) => detect::run(&args, options),
        Command::Attach(args) => attach::run(&args, options),
        Command::Detach(args) => detach::run(&args, options),
        Command::Show(args) => show::run(&args, options),
        Command::Assign(args) => assign::run(&args, options),
        Command::Check(args) => check::run(&args, options),
        Command::Rules(args) => rules::run(&args, options),
        Command::Free(args) => free::run(&args, options),
        Command::Move(args) => relocate::run(&args, options),
        Command::Swap(args) => arrange::swap(&args, options),
        Command::Group(args) => arrange::group(&args, options),
        Command::Controller(command) => controller::run(&command, options),
        Command::Reserve(args) => controller::reserve(&args, options),
        Command::Set(args) => set::run(&args, options),
        Command::Adopt(args) => arrange::adopt(&args, options),
        Command::Freeze(args) => freeze::freeze(&args, options),
        Command::Thaw(args) => freeze::thaw(&args, options),
        Command::Diff(args) => diff::run(&args, options),
        Command::Demo(args) => demo::run(&args, options),
        Command::Theme(command) => theme::run(&command, options),
        Command::Config(command) => config::run(command, options),
    }
}
