//! Which command is run by what.

use super::args::{Command, Look};
use super::{
    Outcome, arrange, assign, attach, check, config, controller, demo, detach, detect, diff, free,
    freeze, relocate, rules, set, show, theme,
};

/// Runs a command.
pub(super) fn run(command: Command, look: &Look) -> color_eyre::Result<Outcome> {
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
