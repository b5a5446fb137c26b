//! The terminal while it is a screen of its own, which it is no longer however the command ends.

use std::io::{self, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
#[cfg(unix)]
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{execute, queue};

#[cfg(unix)]
use crate::interrupt::Watch;
use crate::output;
use crate::parallel::in_background;

/// True while the terminal shows the screen.
static IS_ON: AtomicBool = AtomicBool::new(false);

/// The signal that has asked the command to end; 0 for none.
static SIGNAL: AtomicI32 = AtomicI32::new(0);

/// SIGHUP: the terminal has gone.
const HANGUP: i32 = 1;

/// Set at SIGCONT: a shell has had the terminal in the meantime, and left it as shells do.
#[cfg(unix)]
static HAS_CONTINUED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The terminal, put back when this is dropped, at a panic, and at SIGTERM and SIGHUP.
pub struct Screen {
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
    #[cfg(unix)]
    _watch: Watch,
}

impl Screen {
    /// # Errors
    /// Those of the terminal.
    pub fn open() -> io::Result<Self> {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            restore();
            previous(info);
        }));
        #[cfg(unix)]
        let _watch = watch_signals();
        // Without it, a shell's `fg` leaves the screen to Ctrl-L.
        #[cfg(unix)]
        let _ = signal_hook::flag::register(signal_hook::consts::SIGCONT, Arc::clone(&HAS_CONTINUED));
        enable_raw_mode()?;
        IS_ON.store(true, Ordering::SeqCst);
        let begun = execute!(io::stdout(), EnterAlternateScreen)
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        let terminal = begun.inspect_err(|_| restore())?;
        let _ = in_background("terminal", watch_terminal);
        Ok(Self {
            terminal,
            #[cfg(unix)]
            _watch,
        })
    }

    /// Gives the terminal back to the shell and stops, as Ctrl-Z does elsewhere, until the shell lets the command go on. Where
    /// there is none, the system does not stop it.
    ///
    /// # Errors
    /// Those of the terminal.
    #[cfg(unix)]
    pub fn suspend(&mut self) -> io::Result<()> {
        leave();
        signal_hook::low_level::raise(signal_hook::consts::SIGTSTP)?;
        HAS_CONTINUED.store(false, Ordering::SeqCst);
        self.enter()
    }

    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes the terminal again after another signal has stopped the command for a while. Returns whether that was so.
    ///
    /// # Errors
    /// Those of the terminal.
    pub fn has_come_back(&mut self) -> io::Result<bool> {
        #[cfg(unix)]
        if HAS_CONTINUED.swap(false, Ordering::SeqCst) {
            // The mode that is known is not the one that it is in.
            disable_raw_mode()?;
            self.enter()?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Draws everything anew next time. The terminal is not asked where its cursor is: some never answer, and keys that were typed
    /// would come before it.
    ///
    /// # Errors
    /// Those of the terminal.
    pub fn clear(&mut self) -> io::Result<()> {
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(())
    }

    #[cfg(unix)]
    fn enter(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen)?;
        self.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Puts the terminal back as it was.
fn restore() {
    if IS_ON.swap(false, Ordering::SeqCst) {
        leave();
    }
}

fn leave() {
    // The thread of the command has standard output locked. A terminal that has gone needs nothing of this.
    if let Ok(mut out) = output::file() {
        let _ = queue!(out, LeaveAlternateScreen, Show).and_then(|()| out.flush());
    }
    let _ = disable_raw_mode();
}

/// Ends the process once the terminal has gone, of which no signal tells where it was not the controlling one: keys would be
/// waited for without an end.
fn watch_terminal() {
    while IS_ON.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(200));
        if IS_ON.load(Ordering::SeqCst) && !io::stdout().is_terminal() {
            SIGNAL.store(HANGUP, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(200));
            end_if_asked();
        }
    }
}

/// Ends the process where a signal has asked for it.
pub fn end_if_asked() {
    let signal = SIGNAL.load(Ordering::SeqCst);
    if signal != 0 {
        restore();
        std::process::exit(128 + signal);
    }
}

/// Ends the command at the first of these signals.
#[cfg(unix)]
fn watch_signals() -> Watch {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    Watch::new(&[SIGTERM, SIGHUP, SIGINT], |signal| {
        SIGNAL.store(signal, Ordering::SeqCst);
        // The browser looks every tenth of a second, unless it waits for a disk.
        std::thread::sleep(Duration::from_millis(500));
        end_if_asked();
    })
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    #[ignore = "needs a terminal"]
    fn a_panic() {
        let _screen = Screen::open().unwrap();
        panic!("on purpose");
    }

    /// What is printed of a panic comes after the screen has gone.
    #[cfg(unix)]
    #[test]
    fn a_panic_puts_the_terminal_back() {
        let python = std::env::var_os("NUMIO_PYTHON").unwrap_or_else(|| "python3".into());
        let name = "cmd::view::screen::tests::a_panic";
        let output = Command::new(python)
            .args(["-c", "import pty, sys; pty.spawn(sys.argv[1:])"])
            .arg(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", name])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        let places = ["\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h", "on purpose"].map(|text| shown.rfind(text));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{shown}");
    }
}
