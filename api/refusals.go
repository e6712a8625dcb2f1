package api

import (
	"net/http"

	"officermobile/models"
)

// refusal is a row of the table of everything that can be refused, for those who write a client.
type refusal struct {
	code   models.Code
	status int // HTTP's; 0: only within a sync's answer, which is itself 200
	says   string
	do     advice
}

// advice is what a client shall do.
type advice string

// What there is to do. A command in the outbox of a phone is kept only where this says to try again.
const (
	retry  advice = "Try again, after Retry-After or retry_ms where given, else after a second, waiting longer each time. Keep the command."
	fix    advice = "A fault of the client: the same request will always fail. Drop the command, report it to the developers."
	tell   advice = "Tell the person; what they wanted does not fit with how things are now. Drop the command."
	hide   advice = "Drop it from view: it is gone, or was never theirs to see. Drop the command."
	signIn advice = "Ask the person to sign in again. Keep the outbox for them."
	renew  advice = "Renew the session once with the refresh token and repeat; if that is refused too, sign in."
	wait   advice = "Tell the person to try later, and try by itself at Retry-After."
	resend advice = "Follow the sync protocol: what comes next stands in the lane's answer."
	update advice = "Tell the person to update the app. Keep the outbox: the next version sends it."
)

// refusals is the table. TestRefusalsAreListed holds it against the sources, so that no code is missing or dead.
func refusals() []refusal {
	return concat(httpRefusals(), sessionRefusals(), laterRefusals(), recordRefusals(), dutyRefusals(), syncRefusals())
}

func httpRefusals() []refusal {
	return []refusal{
		{"malformed", http.StatusBadRequest, "The body is not valid JSON: cut off, a name twice, or not UTF-8.", fix},
		{"forbidden", http.StatusForbidden, "The caller's user type may not do this.", tell},
		{"cross_site", http.StatusForbidden, "A browser asked from another site's page. Cookies work only from this site's own.", fix},
		{"no_web_push", http.StatusNotFound, "This server does not ring browsers: it has no key for their push services.", hide},
		{"not_found", http.StatusNotFound, "There is no such thing, or it is not the caller's to see. The two are never told apart.", hide},
		{"method_not_allowed", http.StatusMethodNotAllowed, "The address exists but does not take this method.", fix},
		{"too_large", http.StatusRequestEntityTooLarge, "The body, or what it would change at once, is over the limit.", fix},
		{"client_too_old", http.StatusUpgradeRequired, "The app is below the version that minimum names. Signing in, renewing, signing out and the outbox of a sync still work, so that nothing written is lost; a sync answers this as its page_error.", update},
		{"unsupported_media_type", http.StatusUnsupportedMediaType, "The body must be application/json, and not compressed.", fix},
		{"invalid", http.StatusUnprocessableEntity, "A field is not as it must be; errors names each.", fix},
		{"idempotency_mismatch", http.StatusUnprocessableEntity, "The Idempotency-Key was used before with another body.", fix},
		{"internal", http.StatusInternalServerError, "Something went wrong in the server; request_id finds it in the log.", retry},
	}
}

func sessionRefusals() []refusal {
	return []refusal{
		{"sign_in_refused", http.StatusUnauthorized, "Username, password or device key are wrong, or the account is inactive. Which, is not told.", tell},
		{"token_refused", http.StatusUnauthorized, "There is no access token, or it has run out.", renew},
		{"session_ended", http.StatusUnauthorized, "The session was ended: signed out, replaced, idle too long, or by an administrator.", signIn},
		{"inactive", http.StatusUnauthorized, "The user or the device is not active any more.", signIn},
		{"device_revoked", http.StatusForbidden, "An administrator has shut this device out. If the answer says wipe, erase its data.", tell},
		{"no_device", http.StatusConflict, "Presence and outbox belong to a device that is registered.", fix},
		{"no_address", http.StatusConflict, "A test push is for a device whose app has registered where it is reached.", tell},
		{"address_dead", http.StatusConflict, "The device's push service says that the app is gone; the app registers anew when it is opened.", tell},
		{"permission_denied", http.StatusConflict, "The device does not let the app show notifications; its user allows them in the device's settings.", tell},
		{"provider_down", http.StatusConflict, "The device's push service does not answer, or refuses this server. It is asked again by itself.", tell},
		{"tested_just_now", http.StatusTooManyRequests, "A device is tested once a minute.", wait},
		{"sign_in_throttled", http.StatusTooManyRequests, "Too many wrong passwords for this account; even the right one is refused for now.", wait},
	}
}

// laterRefusals are those of the moment.
func laterRefusals() []refusal {
	return []refusal{
		{"limited", http.StatusTooManyRequests, "Too many requests by this device, user or address. What is urgent has a reserve of its own.", retry},
		{"too_many_streams", http.StatusTooManyRequests, "The caller has too many live streams open. Poll by POST /v1/sync meanwhile.", retry},
		{"too_many_streams", http.StatusServiceUnavailable, "Too many live streams are open on this server. Poll by POST /v1/sync meanwhile.", retry},
		{"busy", http.StatusServiceUnavailable, "More is waiting than can be taken on.", retry},
		{"stale", http.StatusServiceUnavailable, "This server can't see right now whether sessions were ended or what the log has.", retry},
		{"behind", http.StatusServiceUnavailable, "This server has not caught up with what the client has seen from another.", retry},
		{"starting", http.StatusServiceUnavailable, "The server is starting.", retry},
		{"not_ready", http.StatusServiceUnavailable, "The server takes no requests right now.", retry},
		{"draining", http.StatusServiceUnavailable, "The server is about to stop and takes no new streams.", retry},
		{"closing", http.StatusServiceUnavailable, "The server is stopping; another takes over.", retry},
		{"halted", http.StatusServiceUnavailable, "This agency can't be served by this server at the moment.", retry},
		{"storage", http.StatusServiceUnavailable, "Storage can't be reached.", retry},
		{"unknown", http.StatusServiceUnavailable, "The wait ended before it was known whether this was done. Repeat it with the same id or Idempotency-Key.", retry},
		{"audit_unavailable", http.StatusServiceUnavailable, "What must be audited can't be written down, so it is not done.", retry},
		{"full", http.StatusInsufficientStorage, "Storage is full: nothing can be written, reading goes on.", wait},
		{"storage_full", http.StatusInsufficientStorage, "Storage is full: no session can begin; those that exist go on reading.", wait},
	}
}

// recordRefusals are about dispatches, tasks and conversations.
func recordRefusals() []refusal {
	const conflict = http.StatusConflict
	return []refusal{
		{"rev_moved", http.StatusPreconditionFailed, "If-Match names a revision that is not the present one: somebody else's change came first. Read again, and ask the person.", tell},
		{"read_only", http.StatusForbidden, "Only dispatchers of the zone write in a broadcast.", tell},
		{"superseded", conflict, "The command was right when it was given, and somebody else's change came before it.", tell},
		{"closed", conflict, "The dispatch or conversation is closed, and read-only until it is reopened.", tell},
		{"outstanding_tasks", conflict, "A dispatch with outstanding tasks can't be closed.", tell},
		{"task_status", conflict, "The task's status does not allow this verb.", tell},
		{"another_active", conflict, "The officer has another task under way; suspend or clear that first.", tell},
		{"too_many_tasks", conflict, "The dispatch has, or the officer holds, as many tasks as one can.", tell},
		{"too_many_officers", conflict, "As many officers were assigned to this dispatch as one can have.", tell},
		{"log_full", conflict, "The log of this dispatch holds as many notes as one can have.", tell},
		{"not_authorised", conflict, "The officer's team is not authorised for the work zone.", tell},
		{"too_many_members", conflict, "The conversation has as many members as one can have.", tell},
		{"in_by_role", conflict, "They are in by their role or, in a broadcast, by their duty: nobody asks them in, takes them out or leaves.", tell},
		{"assigned", conflict, "An assigned officer can't be removed from the dispatch's conversation.", tell},
	}
}

// dutyRefusals are about people, places and duty.
func dutyRefusals() []refusal {
	const conflict = http.StatusConflict
	return []refusal{
		{"on_duty", conflict, "They are on duty already.", tell},
		{"off_duty", conflict, "They are not on duty.", tell},
		{"call_sign_taken", conflict, "Somebody on duty has this call sign.", tell},
		{"not_an_officer", conflict, "Only an active officer can be on duty or be assigned.", tell},
		{"exists", conflict, "There is one with this id already, and it is another.", fix},
		{"too_many_keys", conflict, "The integration has two keys already.", tell},
		{"key_shown", conflict, "The key was made before, and is shown only once.", tell},
		{"not_an_integration", conflict, "Only users of the type integration alone have keys.", tell},
		{"needs_session", http.StatusForbidden, "A key of an integration has no session and no device.", tell},
		{"username_taken", conflict, "Another user has this username.", tell},
		{"zone_fixed", conflict, "A work zone or team can't move to another operational zone.", tell},
		{"choice_fixed", conflict, "A choice can't change its kind or its place in the tree.", tell},
		{"in_use", conflict, "What is to be deleted is still named by something else; the title says by what.", tell},
		{"deleted", conflict, "The id was of something that has been deleted, and is not used again.", fix},
		{"too_many", conflict, "The agency has as many of these as it can have.", tell},
		{"feature_level", conflict, "The agency's feature level does not allow this yet; an operator raises it.", tell},
	}
}

// syncRefusals come up only in the answer to a sync: of a lane, of a command, or of its page.
func syncRefusals() []refusal {
	return []refusal{
		{"gap", 0, "An earlier command of the lane has not arrived: number the unsent ones from next on.", resend},
		{"fork", 0, "A number came with another command than before: this phone was restored from a backup. Renumber.", resend},
		{"too_many", 0, "More commands than one request may carry: send the rest next.", resend},
		{"waits", 0, "Lane 0 of the same request could not be taken, and lane 1 may build on it.", resend},
		{"unknown_lane", 0, "There is no lane of this name.", fix},
		{"wrong_lane", 0, "This type of command belongs into the other lane.", fix},
		{"unknown_command", 0, "There is no such type of command.", fix},
		{"unavailable", 0, "The page, or the rest of the lane, has to wait.", retry},
	}
}
