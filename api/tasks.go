package api

import (
	"context"

	"officermobile/models"
)

// NewTask is a job on a dispatch, for an officer or for nobody yet.
type NewTask struct {
	ID       models.TaskID `json:"id,omitzero"`
	Assignee models.UserID `json:"assignee,omitzero"`
}

type newTaskInput struct {
	DispatchVerb
	Body *NewTask
}

func (a *API) newTask(ctx context.Context, in *newTaskInput) (*answer[Written], error) {
	cmd := &models.TaskCreate{DispatchID: in.ID}
	if in.Body != nil {
		cmd.ID, cmd.Assignee = in.Body.ID, in.Body.Assignee
	}
	return a.written(ctx, in.Key, cmd)
}

// TaskVerb is a write about a task.
type TaskVerb struct {
	Keyed
	ID models.TaskID `path:"id"`
}

type assignInput struct {
	TaskVerb
	Body struct {
		User models.UserID `json:"user_id"`
	} `nameHint:"Assignment"`
}

func (a *API) assignTask(ctx context.Context, in *assignInput) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.TaskAssign{TaskID: in.ID, UserID: in.Body.User})
}

func (a *API) unassignTask(ctx context.Context, in *TaskVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.TaskUnassign{TaskID: in.ID})
}

func (a *API) startTask(ctx context.Context, in *TaskVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.TaskStart{TaskID: in.ID})
}

func (a *API) arriveTask(ctx context.Context, in *TaskVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.TaskArrive{TaskID: in.ID})
}

// Clearing says how a task ended.
type Clearing struct {
	Disposition string `json:"disposition,omitzero"`
}

type clearInput struct {
	TaskVerb
	Body *Clearing
}

func (a *API) clearTask(ctx context.Context, in *clearInput) (*answer[Written], error) {
	cmd := &models.TaskClear{TaskID: in.ID}
	if in.Body != nil {
		cmd.Disposition = in.Body.Disposition
	}
	return a.written(ctx, in.Key, cmd)
}

// Suspension names the task that goes on later.
type Suspension struct {
	NewID models.TaskID `json:"new_id,omitzero"`
}

type suspendInput struct {
	TaskVerb
	Body *Suspension
}

func (a *API) suspendTask(ctx context.Context, in *suspendInput) (*answer[Written], error) {
	cmd := &models.TaskSuspend{TaskID: in.ID}
	if in.Body != nil {
		cmd.NewID = in.Body.NewID
	}
	return a.written(ctx, in.Key, cmd)
}
