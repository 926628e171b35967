//! The tables as Diesel sees them: one description for both engines.
//!
//! `tests/store/parity.rs` holds this file against both migrated databases.
#![expect(
    missing_docs,
    reason = "the columns are documented where they are made, in migrations/"
)]

diesel::table! {
    surveys (id) {
        id -> Text,
    }
}

diesel::table! {
    survey_versions (survey, number) {
        survey -> Text,
        number -> Integer,
        digest -> Text,
        definition -> Text,
        published_at -> BigInt,
        published_by -> Text,
    }
}

diesel::table! {
    survey_drafts (survey) {
        survey -> Text,
        definition -> Text,
        updated_at -> BigInt,
        updated_by -> Text,
    }
}

diesel::table! {
    survey_approvals (survey, digest, approved_by) {
        survey -> Text,
        digest -> Text,
        approved_by -> Text,
        approved_at -> BigInt,
        note -> Text,
    }
}

diesel::table! {
    agencies (code) {
        code -> Text,
        name -> Text,
        parent -> Nullable<Text>,
        cluster -> Nullable<Text>,
    }
}

diesel::table! {
    agency_events (id) {
        id -> Text,
        happened_on -> Text,
        kind -> Text,
        predecessor -> Text,
        successor -> Text,
        note -> Text,
    }
}

diesel::table! {
    rounds (id) {
        id -> Text,
        title -> Text,
        survey -> Text,
        version -> Integer,
        state -> Text,
        threshold -> Integer,
        least_change -> Double,
        opens_at -> Nullable<BigInt>,
        closes_at -> Nullable<BigInt>,
        opened_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        sealed_at -> Nullable<BigInt>,
        published_at -> Nullable<BigInt>,
        promise -> Nullable<Text>,
        promise_digest -> Nullable<Text>,
    }
}

diesel::table! {
    audiences (round, name) {
        round -> Text,
        name -> Text,
        title -> Text,
        mode -> Text,
    }
}

diesel::table! {
    roster_uploads (round, audience) {
        round -> Text,
        audience -> Text,
        content -> Binary,
        matching -> Text,
        uploaded_by -> Text,
        uploaded_at -> BigInt,
    }
}

diesel::table! {
    headcounts (round, audience, agency) {
        round -> Text,
        audience -> Text,
        agency -> Text,
        people -> Integer,
    }
}

diesel::table! {
    invitations (code_hash) {
        code_hash -> Binary,
        round -> Text,
        audience -> Text,
        agency -> Text,
        person -> Text,
        name -> Text,
        email -> Text,
        language -> Text,
        segments -> Text,
        used -> Bool,
        submission_key -> Nullable<Binary>,
    }
}

diesel::table! {
    intake (key) {
        key -> Binary,
        round -> Text,
        audience -> Text,
        agency -> Text,
        answers -> Binary,
        written -> Text,
    }
}

diesel::table! {
    responses (round, audience, agency, key) {
        key -> Binary,
        round -> Text,
        audience -> Text,
        agency -> Text,
        person -> Nullable<Text>,
        answers -> Binary,
    }
}

diesel::table! {
    comments (key) {
        key -> Binary,
        round -> Text,
        audience -> Text,
        agency -> Text,
        person -> Nullable<Text>,
        item -> Text,
        text -> Text,
        may_show -> Bool,
    }
}

diesel::table! {
    comment_decisions (comment) {
        comment -> Binary,
        round -> Text,
        audience -> Text,
        agency -> Text,
        item -> Text,
        released -> Nullable<Text>,
    }
}

diesel::table! {
    seals (round, revision) {
        round -> Text,
        revision -> Integer,
        digest -> Text,
        inputs_digest -> Text,
        document -> Text,
        sealed_at -> BigInt,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    figures (round, revision, audience, unit_kind, unit, cut_segment, cut_option, subject_kind, subject) {
        round -> Text,
        revision -> Integer,
        audience -> Text,
        unit_kind -> Text,
        unit -> Text,
        subject_kind -> Text,
        subject -> Text,
        figure -> Text,
        cut_segment -> Text,
        cut_option -> Text,
    }
}

diesel::table! {
    scorecards (round) {
        round -> Text,
        licence -> Text,
        shown_at -> BigInt,
    }
}

diesel::table! {
    scorecard_agencies (round, agency) {
        round -> Text,
        agency -> Text,
        agreed_by -> Text,
    }
}

diesel::table! {
    past_figures (series, agency, subject, period) {
        series -> Text,
        agency -> Text,
        subject -> Text,
        period -> Text,
        published_on -> Text,
        kind -> Text,
        value -> Double,
        n -> Nullable<Integer>,
        people -> Nullable<Integer>,
        response_rate -> Nullable<Double>,
        standard_error -> Nullable<Double>,
        break_before -> Nullable<Text>,
        source -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        disabled -> Bool,
        created_at -> BigInt,
    }
}

diesel::table! {
    user_roles (user_id, role, agency) {
        user_id -> Text,
        role -> Text,
        agency -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        refresh_hash -> Binary,
        previous_hash -> Nullable<Binary>,
        refreshed_at -> BigInt,
        expires_at -> BigInt,
        revoked -> Bool,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Text,
        at -> BigInt,
        actor -> Text,
        action -> Text,
        subject -> Text,
        detail -> Text,
    }
}

diesel::table! {
    manifests (round) {
        round -> Text,
        digest -> Text,
        document -> Text,
    }
}

diesel::table! {
    credential_keys (key_id) {
        key_id -> Binary,
        round -> Text,
        audience -> Text,
        unit -> Text,
        agency -> Text,
        public_key -> Binary,
        private_key -> Nullable<Binary>,
        claimed -> Nullable<Integer>,
        received -> Nullable<Integer>,
        responses -> Nullable<Integer>,
    }
}

diesel::table! {
    credential_units (round, audience, agency) {
        round -> Text,
        audience -> Text,
        agency -> Text,
        key_id -> Binary,
    }
}

diesel::table! {
    claims (code_hash) {
        code_hash -> Binary,
        key_id -> Binary,
        blinded -> Binary,
        signature -> Binary,
    }
}

diesel::table! {
    spent_tokens (token) {
        token -> Binary,
        round -> Text,
        key_id -> Nullable<Binary>,
        mark -> Nullable<Binary>,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        until -> BigInt,
    }
}

diesel::table! {
    mailings (id) {
        id -> Text,
        round -> Nullable<Text>,
        audience -> Nullable<Text>,
        step -> Integer,
        send_at -> BigInt,
        state -> Text,
        people -> Nullable<Integer>,
        ordered_by -> Text,
    }
}

diesel::table! {
    mails (mailing, person) {
        mailing -> Text,
        person -> Text,
        state -> Text,
        attempts -> Integer,
        due_at -> BigInt,
        begun_at -> Nullable<BigInt>,
        seed -> Nullable<Binary>,
        told -> Text,
    }
}

diesel::table! {
    mailed_links (round, audience, person) {
        round -> Text,
        audience -> Text,
        person -> Text,
        seed -> Nullable<Binary>,
        stop_hash -> Binary,
    }
}

diesel::table! {
    mail_stops (address, reason) {
        address -> Text,
        reason -> Text,
        since -> BigInt,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Text,
        url -> Text,
        events -> Text,
        created_at -> BigInt,
        created_by -> Text,
        disabled -> Bool,
    }
}

diesel::table! {
    deliveries (id) {
        id -> Text,
        webhook -> Text,
        event -> Text,
        subject -> Text,
        body -> Text,
        happened_at -> BigInt,
        state -> Text,
        attempts -> Integer,
        due_at -> BigInt,
        told -> Text,
    }
}

diesel::table! {
    follow_rules (round) {
        round -> Text,
        low_score -> Double,
        days -> Integer,
        made_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    follow_ups (id) {
        id -> Text,
        round -> Text,
        audience -> Text,
        agency -> Text,
        person -> Text,
        reason -> Text,
        items -> Text,
        owner -> Nullable<Text>,
        state -> Text,
        due_on -> Text,
        created_at -> BigInt,
        first_reply_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    follow_up_notes (id) {
        id -> Text,
        follow_up -> Text,
        at -> BigInt,
        author -> Text,
        kind -> Text,
        text -> Text,
    }
}

diesel::table! {
    commitments (id) {
        id -> Text,
        agency -> Nullable<Text>,
        round -> Nullable<Text>,
        said -> Text,
        promised -> Text,
        constructs -> Text,
        owner -> Nullable<Text>,
        due_on -> Text,
        state -> Text,
        outcome -> Text,
        created_at -> BigInt,
        created_by -> Text,
    }
}

diesel::table! {
    meetings (id) {
        id -> Text,
        agency -> Text,
        held_on -> Text,
        form -> Text,
        people -> Text,
        notes -> Text,
        created_at -> BigInt,
        created_by -> Text,
    }
}

diesel::table! {
    service_levels (agency, period, service, measure) {
        agency -> Text,
        period -> Text,
        service -> Text,
        measure -> Text,
        unit -> Text,
        target -> Double,
        actual -> Double,
        less_is_better -> Bool,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    surveys,
    survey_versions,
    survey_drafts,
    agencies,
    agency_events,
    rounds,
    audiences,
    headcounts,
    invitations,
    intake,
    responses,
    comments,
    comment_decisions,
    seals,
    figures,
    scorecards,
    scorecard_agencies,
    past_figures,
    users,
    user_roles,
    sessions,
    audit_log,
    manifests,
    credential_keys,
    credential_units,
    claims,
    spent_tokens,
    mailings,
    mails,
    mailed_links,
    mail_stops,
    webhooks,
    deliveries,
    follow_rules,
    follow_ups,
    follow_up_notes,
    commitments,
    meetings,
    service_levels
);
