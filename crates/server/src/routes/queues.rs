//! `/queues` and its older form `/jobs`: what waits, runs and failed, and the switches for it. Administrators only.

use crate::{
    auth::Auth,
    error::ApiResult,
    extract::{Json, Path, Query},
};
use axum::{extract::State, http::StatusCode};
use contract::queues::{
    JobCreate, QueueCommand, QueueCommandRequest, QueueDelete, QueueJobQuery, QueueJobResponse, QueueResponse,
    QueueResponseLegacy, QueueUpdate, QueuesResponseLegacy,
};
use domain::{
    App,
    queues::{self, Command},
};
use model::{permission::Permission, queue::QueueName};
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_queues))
        .routes(routes!(get_queue, update_queue))
        .routes(routes!(get_queue_jobs, empty_queue))
        .routes(routes!(get_queues_legacy, create_job))
        .routes(routes!(run_queue_command_legacy))
}

/// Every queue with its counts.
#[utoipa::path(get, path = "/queues", operation_id = "getQueues", tag = "Queues",
    extensions(("x-immich-permission" = json!("queue.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<QueueResponse>)))]
async fn get_queues(State(app): State<App>, auth: Auth) -> ApiResult<axum::Json<Vec<QueueResponse>>> {
    let caller = auth.allow_admin(Permission::QueueRead)?;
    let states = queues::list(&app, &caller).await?;
    Ok(axum::Json(states.iter().map(|(name, state)| QueueResponse::new(*name, state)).collect()))
}

/// One queue with its counts.
#[utoipa::path(get, path = "/queues/{name}", operation_id = "getQueue", tag = "Queues",
    params(("name" = QueueName, Path)),
    extensions(("x-immich-permission" = json!("queue.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = QueueResponse)))]
async fn get_queue(
    State(app): State<App>,
    auth: Auth,
    Path(name): Path<QueueName>,
) -> ApiResult<axum::Json<QueueResponse>> {
    let caller = auth.allow_admin(Permission::QueueRead)?;
    Ok(axum::Json(QueueResponse::new(name, &queues::get(&app, &caller, name).await?)))
}

/// Pauses or resumes a queue.
#[utoipa::path(put, path = "/queues/{name}", operation_id = "updateQueue", tag = "Queues",
    params(("name" = QueueName, Path)), request_body = QueueUpdate,
    extensions(("x-immich-permission" = json!("queue.update")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = QueueResponse)))]
async fn update_queue(
    State(app): State<App>,
    auth: Auth,
    Path(name): Path<QueueName>,
    Json(update): Json<QueueUpdate>,
) -> ApiResult<axum::Json<QueueResponse>> {
    let caller = auth.allow_admin(Permission::QueueUpdate)?;
    let state = match update.is_paused {
        Some(paused) => queues::set_paused(&app, &caller, name, paused).await?,
        None => queues::get(&app, &caller, name).await?,
    };
    Ok(axum::Json(QueueResponse::new(name, &state)))
}

/// Jobs of a queue by state.
#[utoipa::path(get, path = "/queues/{name}/jobs", operation_id = "getQueueJobs", tag = "Queues",
    params(("name" = QueueName, Path), QueueJobQuery),
    extensions(("x-immich-permission" = json!("queueJob.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = Vec<QueueJobResponse>)))]
async fn get_queue_jobs(
    State(app): State<App>,
    auth: Auth,
    Path(name): Path<QueueName>,
    Query(query): Query<QueueJobQuery>,
) -> ApiResult<axum::Json<Vec<QueueJobResponse>>> {
    let caller = auth.allow_admin(Permission::QueueJobRead)?;
    let jobs = queues::list_jobs(&app, &caller, name, &query.status.unwrap_or_default()).await?;
    Ok(axum::Json(jobs.into_iter().map(Into::into).collect()))
}

/// Throws away what waits, or what failed.
#[utoipa::path(delete, path = "/queues/{name}/jobs", operation_id = "emptyQueue", tag = "Queues",
    params(("name" = QueueName, Path)), request_body = QueueDelete,
    extensions(("x-immich-permission" = json!("queueJob.delete")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn empty_queue(
    State(app): State<App>,
    auth: Auth,
    Path(name): Path<QueueName>,
    Json(body): Json<QueueDelete>,
) -> ApiResult<StatusCode> {
    let caller = auth.allow_admin(Permission::QueueJobDelete)?;
    queues::run(&app, &caller, name, Command::Empty).await?;
    if body.failed == Some(true) {
        queues::run(&app, &caller, name, Command::ClearFailed).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Every queue by name.
#[utoipa::path(get, path = "/jobs", operation_id = "getQueuesLegacy", tag = "Jobs",
    extensions(("x-immich-permission" = json!("job.read")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = QueuesResponseLegacy)))]
async fn get_queues_legacy(State(app): State<App>, auth: Auth) -> ApiResult<axum::Json<QueuesResponseLegacy>> {
    let caller = auth.allow_admin(Permission::JobRead)?;
    Ok(axum::Json(queues::list(&app, &caller).await?.into_iter().collect()))
}

/// Starts one of the jobs that are run by hand.
#[utoipa::path(post, path = "/jobs", operation_id = "createJob", tag = "Jobs", request_body = JobCreate,
    extensions(("x-immich-permission" = json!("job.create")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 204)))]
async fn create_job(State(app): State<App>, auth: Auth, Json(body): Json<JobCreate>) -> ApiResult<StatusCode> {
    let caller = auth.allow_admin(Permission::JobCreate)?;
    queues::run_by_hand(&app, &caller, body.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Starts, pauses, resumes, empties or clears a queue.
#[utoipa::path(put, path = "/jobs/{name}", operation_id = "runQueueCommandLegacy", tag = "Jobs",
    params(("name" = QueueName, Path)), request_body = QueueCommandRequest,
    extensions(("x-immich-permission" = json!("job.create")), ("x-immich-admin-only" = json!(true))),
    security(("bearer" = []), ("cookie" = []), ("api_key" = [])),
    responses((status = 200, body = QueueResponseLegacy)))]
async fn run_queue_command_legacy(
    State(app): State<App>,
    auth: Auth,
    Path(name): Path<QueueName>,
    Json(body): Json<QueueCommandRequest>,
) -> ApiResult<axum::Json<QueueResponseLegacy>> {
    let caller = auth.allow_admin(Permission::JobCreate)?;
    let state = queues::run(&app, &caller, name, command(&body)).await?;
    Ok(axum::Json(QueueResponseLegacy::from(&state)))
}

fn command(body: &QueueCommandRequest) -> Command {
    match body.command {
        QueueCommand::Start => Command::Start { force: body.force.unwrap_or(false) },
        QueueCommand::Pause => Command::Pause,
        QueueCommand::Resume => Command::Resume,
        QueueCommand::Empty => Command::Empty,
        QueueCommand::ClearFailed => Command::ClearFailed,
    }
}
