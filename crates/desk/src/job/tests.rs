//! Jobs: how far, how they end, how they are stopped.

use super::*;
use crate::edge::SystemClock;
use vigia_domain::Clock as _;

fn jobs() -> (Jobs, broadcast::Receiver<Topic>) {
    let (changes, heard) = broadcast::channel(64);
    (Jobs::new(changes), heard)
}

fn begin<F: Future<Output = Outcome> + Send + 'static>(
    jobs: &Jobs,
    work: impl FnOnce(Running) -> F,
) -> Result<Job, Error> {
    jobs.begin(
        JobKind::Export,
        None,
        SystemClock.now(),
        &CancellationToken::new(),
        work,
    )
}

async fn ended(jobs: &Jobs, heard: &mut broadcast::Receiver<Topic>, id: u64) -> Job {
    loop {
        let job = jobs.all().into_iter().find(|job| job.id == id).unwrap();
        if job.state != JobState::Running {
            return job;
        }
        heard.recv().await.unwrap();
    }
}

#[tokio::test]
async fn a_job_says_how_far_it_is_and_where_its_file_lies() {
    let (jobs, mut heard) = jobs();
    let job = begin(&jobs, |running| async move {
        running.progress(3, Some(10));
        assert_eq!(running.jobs.all()[0].done, 3);
        Ok(Some(PathBuf::from("/downloads/a.csv")))
    })
    .unwrap();
    assert_eq!(job.state, JobState::Running);
    let job = ended(&jobs, &mut heard, job.id).await;
    assert_eq!((job.done, job.total), (10, Some(10)));
    let path = Some("/downloads/a.csv".to_owned());
    assert_eq!(job.state, JobState::Done { path });
}

#[tokio::test]
async fn a_job_that_is_told_to_stop_stops() {
    let (jobs, mut heard) = jobs();
    let job = begin(&jobs, |running| async move {
        running.stop().cancelled().await;
        running.go_on()?;
        Ok(None)
    })
    .unwrap();
    assert!(jobs.forget(job.id).is_err(), "what is at work is not forgotten");
    jobs.cancel(job.id).unwrap();
    assert_eq!(ended(&jobs, &mut heard, job.id).await.state, JobState::Cancelled);
    jobs.forget(job.id).unwrap();
    assert!(jobs.all().is_empty());
    assert!(jobs.cancel(job.id).is_err());
}

#[tokio::test]
async fn what_a_job_works_on_takes_it_along_when_it_goes_away() {
    let (jobs, mut heard) = jobs();
    let desk = CancellationToken::new();
    let work = |running: Running| async move {
        running.stop().cancelled().await;
        Err(Stopped::Cancelled)
    };
    let job = jobs
        .begin(JobKind::Verify, None, SystemClock.now(), &desk, work)
        .unwrap();
    desk.cancel();
    assert_eq!(ended(&jobs, &mut heard, job.id).await.state, JobState::Cancelled);
}

#[tokio::test]
async fn closing_waits_until_nothing_is_at_work() {
    let (jobs, _heard) = jobs();
    let (done, ends) = tokio::sync::oneshot::channel();
    begin(&jobs, |running| async move {
        running.stop().cancelled().await;
        let _ = done.send(());
        Err(Stopped::Cancelled)
    })
    .unwrap();
    jobs.close().await;
    ends.await.unwrap();
    assert!(
        begin(&jobs, |_| async { Ok(None) }).is_err(),
        "nothing begins any more"
    );
}

#[tokio::test]
async fn work_that_panics_has_failed() {
    let (jobs, mut heard) = jobs();
    let job = begin(&jobs, |_| async { panic!("on purpose") }).unwrap();
    let ended = ended(&jobs, &mut heard, job.id).await;
    assert!(matches!(ended.state, JobState::Failed { problem } if problem.code == Code::Internal));
}

#[tokio::test]
async fn only_so_many_are_at_work_and_only_so_many_are_remembered() {
    let (jobs, mut heard) = jobs();
    for _ in 0..MAX_ENDED + 3 {
        let job = begin(&jobs, |_| async { Ok(None) }).unwrap();
        ended(&jobs, &mut heard, job.id).await;
    }
    assert_eq!(jobs.all().len(), MAX_ENDED);
    for _ in 0..MAX_RUNNING {
        begin(&jobs, |running| async move {
            running.stop().cancelled().await;
            Err(Stopped::Cancelled)
        })
        .unwrap();
    }
    assert!(begin(&jobs, |_| async { Ok(None) }).is_err());
    jobs.close().await;
}
