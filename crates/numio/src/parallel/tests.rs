use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::{ErrorKind, Result};

fn fault(text: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, text)
}

/// Takes longer for earlier items, so that later ones are done sooner.
fn slow(index: usize) -> usize {
    thread::sleep(Duration::from_micros(200 * (7 - index as u64 % 7)));
    index
}

/// Runs a test with each number of threads, in numio's own pool.
fn with_each(test: impl Fn(usize)) {
    for threads in [1, 2, 3, 8] {
        with_num_threads(threads, || test(num_threads()));
    }
}

#[test]
fn for_each_gives_every_item_once() {
    with_each(|threads| {
        for count in [0, 1, 2, 100] {
            let sum = AtomicUsize::new(0);
            for_each(threads, 0..count, |index| {
                sum.fetch_add(slow(index) + 1, Ordering::Relaxed);
                Ok::<_, Error>(())
            })
            .unwrap();
            assert_eq!(sum.into_inner(), (1..=count).sum::<usize>());
        }
    });
}

#[test]
fn for_each_stops_at_an_error() {
    with_each(|threads| {
        let seen = AtomicUsize::new(0);
        let failed = for_each(threads, 0..10_000, |index| {
            seen.fetch_add(1, Ordering::Relaxed);
            if index == 5 { Err(fault("five")) } else { Ok(()) }
        });
        assert_eq!(failed.unwrap_err().to_string(), "five");
        assert!(seen.into_inner() < 10_000);
    });
}

#[test]
fn map_keeps_the_order() {
    with_each(|threads| {
        let made = map(threads, 0..50_usize, |index| Ok::<_, Error>(slow(index) * 2)).unwrap();
        assert!(made.into_iter().eq((0..50).map(|index| index * 2)));
    });
}

#[test]
fn join_does_both() {
    with_each(|threads| {
        let mut mine = 0;
        let (first, second) = join(threads, || mine = slow(1), || slow(2));
        assert_eq!((first, second, mine), ((), 2, 1));
    });
}

#[test]
fn ordered_takes_in_order_and_works_on_the_calling_thread() {
    with_each(|threads| {
        for count in [0, 1, 2, 3, 100] {
            let mut inputs = 0..count;
            let ahead = AtomicUsize::new(0);
            let mut taken = Vec::new();
            let (working, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            ordered(
                threads,
                2 * threads,
                || {
                    ahead.fetch_add(1, Ordering::Relaxed);
                    Ok(inputs.next())
                },
                |index| {
                    most.fetch_max(working.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                    let made = slow(index);
                    working.fetch_sub(1, Ordering::Relaxed);
                    made
                },
                |index| {
                    assert!(ahead.load(Ordering::Relaxed) - taken.len() <= 2 * threads + 1);
                    taken.push(index);
                    Ok(ControlFlow::Continue(()))
                },
            )
            .unwrap();
            assert!(taken.iter().copied().eq(0..count));
            assert!(most.into_inner() <= threads);
        }
    });
}

#[test]
fn ordered_gives_the_first_error_and_ends() {
    with_each(|threads| {
        let mut inputs = 0..1000;
        let mut taken = 0;
        let make = |index: usize| if index >= 5 { Err(fault(&index.to_string())) } else { Ok(slow(index)) };
        let failed = ordered(
            threads,
            8,
            || Ok(inputs.next()),
            make,
            |made: Result<usize>| {
                made.map(|_| {
                    taken += 1;
                    ControlFlow::Continue(())
                })
            },
        );
        assert_eq!((failed.unwrap_err().to_string(), taken), ("5".to_owned(), 5));
        let mut left = 3;
        let stop = |_| {
            left -= 1;
            Ok(if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        };
        ordered(threads, 8, || Ok(Some(1)), slow, stop).unwrap();
        assert_eq!(left, 0);
        let failed =
            ordered(threads, 8, || Err::<Option<usize>, _>(fault("input")), slow, |_| unreachable!());
        assert_eq!(failed.unwrap_err().to_string(), "input");
    });
}

#[test]
fn chunks_merge_in_order_and_finish_all() {
    with_each(|threads| {
        for count in [0, 1, 5, 200] {
            let mut merged = Vec::new();
            let finished = AtomicUsize::new(0);
            let make = |index: usize, _: &mut Vec<u8>| Some(slow(index));
            let merge = |index| {
                merged.push(index);
                Ok(Next::Go(Some(())))
            };
            let left = chunks(threads, count, make, merge, |()| {
                finished.fetch_add(1, Ordering::Relaxed);
            });
            assert!(!left.unwrap());
            assert!(merged.iter().copied().eq(0..count));
            assert_eq!(finished.into_inner(), count);
        }
    });
}

#[test]
fn chunks_end_where_they_are_told_to() {
    with_each(|threads| {
        let merged = AtomicUsize::new(0);
        let run = |make_to: usize, end: fn() -> Result<Next<()>>| {
            merged.store(0, Ordering::Relaxed);
            let make = |index: usize, _: &mut Vec<u8>| (index < make_to).then(|| slow(index));
            let merge = |index| {
                merged.fetch_add(1, Ordering::Relaxed);
                if index == 40 { end() } else { Ok(Next::Go(None)) }
            };
            chunks(threads, 1000, make, merge, |()| {})
        };
        assert!(run(30, || unreachable!()).unwrap());
        assert_eq!(merged.load(Ordering::Relaxed), 30);
        assert!(run(1000, || Ok(Next::Leave)).unwrap());
        assert!(!run(1000, || Ok(Next::Stop(None))).unwrap());
        assert_eq!(run(1000, || Err(fault("forty"))).unwrap_err().to_string(), "forty");
        assert_eq!(merged.load(Ordering::Relaxed), 41);
    });
}

#[test]
fn a_panic_of_a_helper_comes_out_of_the_call() {
    with_num_threads(2, || {
        let here = thread::current().id();
        let make = |index: usize| {
            // Only helpers panic; this thread gives them the time to.
            if thread::current().id() == here {
                thread::sleep(Duration::from_millis(1));
            } else {
                panic!("a helper's panic");
            }
            index
        };
        let mut inputs = 0..10_000;
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            ordered(2, 4, || Ok(inputs.next()), make, |_| Ok(ControlFlow::Continue(())))
        }));
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"a helper's panic"));
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            chunks(2, 10_000, |index, _| Some(make(index)), |_| Ok(Next::<()>::Go(None)), |()| {})
        }));
        assert!(caught.is_err());
    });
}

#[test]
fn a_busy_pool_holds_no_call_up() {
    let pool = rayon_core::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    // The only thread of the pool is the calling one: helpers never begin.
    let (sum, took) = pool.install(|| {
        let (start, sum) = (Instant::now(), AtomicUsize::new(0));
        for_each(4, 0..20, |index| {
            sum.fetch_add(index, Ordering::Relaxed);
            Ok::<_, Error>(())
        })
        .unwrap();
        (sum.into_inner(), start.elapsed())
    });
    assert_eq!(sum, 190);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn the_number_of_threads_is_that_of_the_innermost() {
    let outer = num_threads();
    with_num_threads(3, || {
        assert_eq!(num_threads(), 3);
        assert_eq!(with_num_threads(1, num_threads), 1);
        assert_eq!(with_num_threads(0, num_threads), 3);
        // Helpers have the number of their call.
        let counts = map(3, 0..20_usize, |index| {
            slow(index);
            Ok::<_, Error>(num_threads())
        })
        .unwrap();
        assert!(counts.into_iter().all(|count| count == 3));
        let _ = std::panic::catch_unwind(|| with_num_threads(7, || panic!("out of it")));
        assert_eq!(num_threads(), 3);
    });
    assert_eq!(num_threads(), outer);
}

#[test]
fn a_cancelled_token_stops_everything() {
    with_each(|threads| {
        let token = CancelToken::new();
        let elsewhere = token.clone();
        let canceller = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            elsewhere.cancel();
        });
        let work = |index: usize| {
            slow(index);
            Ok::<_, Error>(())
        };
        let stopped = token.run(|| for_each(threads, 0.., work));
        assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
        canceller.join().unwrap();
        // It stays so, and nothing is begun.
        assert_eq!(token.run::<()>(|| unreachable!()).unwrap_err().kind(), ErrorKind::Cancelled);
        assert!(check().is_ok());
    });
}

#[test]
fn a_check_runs_on_the_calling_thread_and_its_error_comes_out() {
    with_each(|threads| {
        let here = thread::current().id();
        let start = Instant::now();
        let token = CancelToken::with_check(move || {
            assert_eq!(thread::current().id(), here);
            // A handler may call numio again.
            with_num_threads(1, check)?;
            if start.elapsed() > Duration::from_millis(100) { Err(fault("interrupted")) } else { Ok(()) }
        });
        let stopped = token.run(|| {
            let made = ordered(threads, 8, || Ok(Some(1)), slow, |_| Ok(ControlFlow::Continue(())));
            // One that swallows the error does not lose it.
            let _ = made;
            Ok(())
        });
        assert_eq!(stopped.unwrap_err().to_string(), "interrupted");
        assert!(start.elapsed() < Duration::from_secs(2));
    });
}
