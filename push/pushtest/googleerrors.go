package pushtest

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
)

const (
	fcmErrorType   = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
	badRequestType = "type.googleapis.com/google.rpc.BadRequest"
	quotaType      = "type.googleapis.com/google.rpc.QuotaFailure"
)

type googleError struct {
	Error struct {
		Code    int            `json:"code"`
		Message string         `json:"message"`
		Status  string         `json:"status"`
		Details []googleDetail `json:"details,omitempty"`
	} `json:"error"`
}

type googleDetail struct {
	Type       string            `json:"@type"`
	ErrorCode  string            `json:"errorCode,omitempty"`
	Fields     []googleField     `json:"fieldViolations,omitempty"`
	Violations []googleViolation `json:"violations,omitempty"`
}

type googleField struct {
	Field       string `json:"field"`
	Description string `json:"description"`
}

type googleViolation struct {
	Subject     string `json:"subject"`
	Description string `json:"description"`
}

// FCMErrors are the names that Fault.Reason takes for FCM; each is an error body that Google sends.
func FCMErrors() []string {
	return strings.Fields(`UNREGISTERED INVALID_TOKEN INVALID_ARGUMENT TOO_BIG SENDER_ID_MISMATCH PERMISSION_DENIED
		THIRD_PARTY_AUTH_ERROR UNAUTHENTICATED NOT_FOUND QUOTA_EXCEEDED DEVICE_QUOTA INTERNAL UNAVAILABLE`)
}

// googleSays is Google's reply for a name of FCMErrors; another name gives an INTERNAL.
func googleSays(name string) answer {
	status, body := googleBody(name)
	body.Error.Code = status
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // the types above always marshal
	}
	return answer{status: status, reason: name, body: raw, header: http.Header{"Content-Type": {"application/json; charset=UTF-8"}}}
}

func googleBody(name string) (status int, e googleError) {
	e.Error.Status, e.Error.Message = name, "Error."
	fcm := func(code string) {
		e.Error.Details = append(e.Error.Details, googleDetail{Type: fcmErrorType, ErrorCode: code})
	}
	field := func(name, text string) {
		e.Error.Details = append(e.Error.Details, googleDetail{Type: badRequestType, Fields: []googleField{{name, text}}})
	}
	quota := func(subject, text string) {
		e.Error.Details = append(e.Error.Details, googleDetail{Type: quotaType, Violations: []googleViolation{{subject, text}}})
	}
	switch name {
	case "UNREGISTERED":
		e.Error.Status, e.Error.Message = "NOT_FOUND", "Requested entity was not found."
		fcm(name)
		return http.StatusNotFound, e
	case "NOT_FOUND": // the same without FcmError: another project
		e.Error.Message = "Requested entity was not found."
		return http.StatusNotFound, e
	case "INVALID_TOKEN":
		e.Error.Status, e.Error.Message = "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token"
		fcm("INVALID_ARGUMENT")
		field("message.token", "The registration token is not a valid FCM registration token")
		return http.StatusBadRequest, e
	case "INVALID_ARGUMENT": // of the format, and so without FcmError
		e.Error.Message = "Invalid JSON payload received."
		field("message.data", "Invalid value")
		return http.StatusBadRequest, e
	case "TOO_BIG":
		e.Error.Status, e.Error.Message = "INVALID_ARGUMENT", "Android message is too big"
		return http.StatusBadRequest, e
	case "SENDER_ID_MISMATCH":
		e.Error.Status, e.Error.Message = "PERMISSION_DENIED", "SenderId mismatch"
		fcm(name)
		return http.StatusForbidden, e
	case "PERMISSION_DENIED":
		e.Error.Message = "Permission 'cloudmessaging.messages.create' denied."
		return http.StatusForbidden, e
	case "THIRD_PARTY_AUTH_ERROR":
		e.Error.Status, e.Error.Message = "UNAUTHENTICATED", "Request is missing required authentication credential."
		fcm(name)
		return http.StatusUnauthorized, e
	case "UNAUTHENTICATED":
		e.Error.Message = "Request had invalid authentication credentials."
		return http.StatusUnauthorized, e
	case "QUOTA_EXCEEDED", "DEVICE_QUOTA":
		e.Error.Status, e.Error.Message = "RESOURCE_EXHAUSTED", "Quota exceeded."
		fcm("QUOTA_EXCEEDED")
		if name == "DEVICE_QUOTA" {
			quota("device:", "Device message rate exceeded")
		} else {
			quota("project:officer-test", "Message rate exceeded")
		}
		return http.StatusTooManyRequests, e
	case "UNAVAILABLE":
		e.Error.Message = "The service is currently unavailable."
		fcm(name)
		return http.StatusServiceUnavailable, e
	}
	e.Error.Status, e.Error.Message = "INTERNAL", "Internal error encountered."
	fcm("INTERNAL")
	return http.StatusInternalServerError, e
}
