//! Which command is run by what.

use super::args::{Cli, Command, Look};
use super::{
    Outcome, arrange, assign, attach, check, config, controller, demo, detach, detect, diff, free,
    freeze, libvirt, mistyped, output, relocate, rules, screen, set, show, theme,
};

/// Does what the arguments ask for.
pub(super) fn run(cli: Cli) -> color_eyre::Result<Outcome> {
    let mut look = cli.look;
    look.complete();
    libvirt::explain(&look);
    let look = &look;
    match cli.command {
        Some(command) => run_command(command, look),
        None => {
            if cli.file.is_none() && !cli.live.is_given() {
                return Ok(output::fail("no FILE is named; `virt-topo demo` shows example guests"));
            }
            if let Some(message) = cli.file.as_deref().and_then(mistyped::explain) {
                return Ok(output::fail(&message));
            }
            let (file, live) = (cli.file.as_deref(), Some(&cli.live));
            let wanted = screen::Wanted { file, live, picks_demo: false };
            screen::run(&wanted, &cli.screen, look)
        }
    }
}

/// Runs a command.
fn run_command(command: Command, look: &Look) -> color_eyre::Result<Outcome> {
    match command {
        Command::Detect(args) => detect::run(&args, look),
        Command::Attach(args) => attach::run(&args, look),
        Command::Detach(args) => detach::run(&args, look),
        Command::Show(args) => show::run(&args, look),
        Command::Assign(args) => assign::run(&args, look),
        Command::Check(args) => check::run(&args, look),
        Command::Rules(args) => rules::run(&args, look),
        Command::Free(args) => free::run(&args, look),
        Command::Move(args) => relocate::run(&args, look),
        Command::Swap(args) => arrange::swap(&args, look),
        Command::Group(args) => arrange::group(&args, look),
        Command::Controller(command) => controller::run(&command, look),
        Command::Room(args) => controller::room(&args, look),
        Command::Set(args) => set::run(&args, look),
        Command::Adopt(args) => arrange::adopt(&args, look),
        Command::Freeze(args) => freeze::freeze(&args, look),
        Command::Thaw(args) => freeze::thaw(&args, look),
        Command::Diff(args) => diff::run(&args, look),
        Command::Demo(args) => demo::run(&args, look),
        Command::Theme(command) => theme::run(&command, look),
        Command::Config(command) => config::run(command, look),
    }
}
