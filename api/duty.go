package api

import (
	"context"

	"officermobile/models"
)

type dutyOnInput struct {
	Keyed
	Body models.ReportForDuty
}

func (a *API) dutyOn(ctx context.Context, in *dutyOnInput) (*answer[Written], error) {
	return a.written(ctx, in.Key, &in.Body)
}

type dutyOffInput struct {
	Keyed
	Body *models.GoOffDuty
}

func (a *API) dutyOff(ctx context.Context, in *dutyOffInput) (*answer[Written], error) {
	if in.Body == nil {
		in.Body = &models.GoOffDuty{}
	}
	return a.written(ctx, in.Key, in.Body)
}

type dutyStatusInput struct {
	Keyed
	Body models.SetStatus
}

func (a *API) dutyStatus(ctx context.Context, in *dutyStatusInput) (*answer[Written], error) {
	return a.written(ctx, in.Key, &in.Body)
}
