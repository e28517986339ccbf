-- The schema after all migrations, written by the test `schema`. Read it; change it by a migration.

CREATE TABLE album_assets (
    album_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT album_assets_pkey PRIMARY KEY (album_id, asset_id),
    CONSTRAINT album_assets_album_id_fkey FOREIGN KEY (album_id) REFERENCES albums(id) ON DELETE CASCADE,
    CONSTRAINT album_assets_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES assets(id) ON DELETE CASCADE
);
CREATE INDEX album_assets_asset_id_idx ON album_assets USING btree (asset_id);

CREATE TABLE album_users (
    album_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT album_users_pkey PRIMARY KEY (album_id, user_id),
    CONSTRAINT album_users_album_id_fkey FOREIGN KEY (album_id) REFERENCES albums(id) ON DELETE CASCADE,
    CONSTRAINT album_users_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'editor'::text, 'viewer'::text]))),
    CONSTRAINT album_users_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX album_users_owner_key ON album_users USING btree (album_id) WHERE (role = 'owner'::text);
CREATE INDEX album_users_user_id_idx ON album_users USING btree (user_id);

CREATE TABLE albums (
    id uuid NOT NULL,
    name text NOT NULL,
    description text,
    thumbnail_asset_id uuid,
    is_activity_enabled boolean NOT NULL DEFAULT true,
    asset_order text NOT NULL DEFAULT 'desc'::text,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    deleted_at timestamp with time zone,
    CONSTRAINT albums_pkey PRIMARY KEY (id),
    CONSTRAINT albums_asset_order_check CHECK ((asset_order = ANY (ARRAY['asc'::text, 'desc'::text]))),
    CONSTRAINT albums_thumbnail_asset_id_fkey FOREIGN KEY (thumbnail_asset_id) REFERENCES assets(id) ON DELETE SET NULL
);
CREATE TRIGGER albums_updated_at BEFORE UPDATE ON albums FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE api_keys (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    permissions text[] NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_secret_hash_key UNIQUE (secret_hash),
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX api_keys_user_id_idx ON api_keys USING btree (user_id);
CREATE TRIGGER api_keys_updated_at BEFORE UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE asset_embeddings (
    asset_id uuid NOT NULL,
    embedding vector(512) NOT NULL,
    CONSTRAINT asset_embeddings_pkey PRIMARY KEY (asset_id),
    CONSTRAINT asset_embeddings_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES assets(id) ON DELETE CASCADE
);
CREATE INDEX asset_embeddings_embedding_idx ON asset_embeddings USING hnsw (embedding vector_cosine_ops) WITH (m='16', ef_construction='300');

CREATE TABLE asset_exif (
    asset_id uuid NOT NULL,
    file_size_bytes bigint,
    description text,
    make text,
    model text,
    lens_model text,
    f_number double precision,
    focal_length double precision,
    iso integer,
    exposure_time text,
    date_time_original timestamp with time zone,
    modify_date timestamp with time zone,
    time_zone text,
    orientation text,
    image_width integer,
    image_height integer,
    profile_description text,
    live_photo_cid text,
    burst_id text,
    rating integer,
    fps double precision,
    tags text[] NOT NULL DEFAULT '{}'::text[],
    locked_fields text[] NOT NULL DEFAULT '{}'::text[],
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT asset_exif_pkey PRIMARY KEY (asset_id),
    CONSTRAINT asset_exif_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES assets(id) ON DELETE CASCADE,
    CONSTRAINT asset_exif_rating_check CHECK (((rating >= 1) AND (rating <= 5)))
);
CREATE INDEX asset_exif_live_photo_cid_idx ON asset_exif USING btree (live_photo_cid) WHERE (live_photo_cid IS NOT NULL);
CREATE INDEX asset_exif_locked_idx ON asset_exif USING btree (asset_id) WHERE (locked_fields <> '{}'::text[]);
CREATE TRIGGER asset_exif_updated_at BEFORE UPDATE ON asset_exif FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE asset_faces (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    person_id uuid,
    image_width integer NOT NULL,
    image_height integer NOT NULL,
    x1 integer NOT NULL,
    y1 integer NOT NULL,
    x2 integer NOT NULL,
    y2 integer NOT NULL,
    source_type text NOT NULL,
    named_by_file text,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT asset_faces_pkey PRIMARY KEY (id),
    CONSTRAINT asset_faces_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES assets(id) ON DELETE CASCADE,
    CONSTRAINT asset_faces_image_height_check CHECK ((image_height > 0)),
    CONSTRAINT asset_faces_image_width_check CHECK ((image_width > 0)),
    CONSTRAINT asset_faces_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id) ON DELETE SET NULL,
    CONSTRAINT asset_faces_source_type_check CHECK ((source_type = ANY (ARRAY['machine-learning'::text, 'exif'::text, 'manual'::text])))
);
CREATE INDEX asset_faces_asset_id_idx ON asset_faces USING btree (asset_id);
CREATE INDEX asset_faces_person_id_idx ON asset_faces USING btree (person_id, asset_id);
CREATE TRIGGER asset_faces_updated_at BEFORE UPDATE ON asset_faces FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE asset_files (
    asset_id uuid NOT NULL,
    file_type text NOT NULL,
    path text NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT asset_files_pkey PRIMARY KEY (asset_id, file_type),
    CONSTRAINT asset_files_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES assets(id) ON DELETE CASCADE,
    CONSTRAINT asset_files_file_type_check CHECK ((file_type = ANY (ARRAY['fullsize'::text, 'preview'::text, 'thumbnail'::text, 'sidecar'::text, 'encoded_video'::text])))
);

CREATE TABLE asset_job_status (
    asset_id uuid NOT NULL,
    metadata_extracted_at timestamp with time zone,
    thumbnails_generated_at timestamp with time zone,
    video_encoded_at timestamp with time zone,
    embedded_at timestamp with time zone,
    CONSTRAINT asset_job_status_pkey PRIMARY KEY (asset_id),
    CONSTRAINT asset_job_status_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES assets(id) ON DELETE CASCADE
);
CREATE INDEX asset_job_status_no_embedding_idx ON asset_job_status USING btree (asset_id) WHERE (embedded_at IS NULL);
CREATE INDEX asset_job_status_no_metadata_idx ON asset_job_status USING btree (asset_id) WHERE (metadata_extracted_at IS NULL);
CREATE INDEX asset_job_status_no_thumbnails_idx ON asset_job_status USING btree (asset_id) WHERE (thumbnails_generated_at IS NULL);
CREATE INDEX asset_job_status_no_video_idx ON asset_job_status USING btree (asset_id) WHERE (video_encoded_at IS NULL);

CREATE TABLE asset_metadata (
    asset_id uuid NOT NULL,
    key text NOT NULL,
    value jsonb NOT NULL,
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT asset_metadata_pkey PRIMARY KEY (asset_id, key),
    CONSTRAINT asset_metadata_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES assets(id) ON DELETE CASCADE
);
CREATE TRIGGER asset_metadata_updated_at BEFORE UPDATE ON asset_metadata FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE assets (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    library_id uuid,
    asset_type text NOT NULL,
    original_path text NOT NULL,
    original_file_name text NOT NULL,
    checksum bytea NOT NULL,
    file_created_at timestamp with time zone NOT NULL,
    file_modified_at timestamp with time zone NOT NULL,
    local_date_time timestamp without time zone NOT NULL,
    local_month date NOT NULL GENERATED ALWAYS AS ((date_trunc('month'::text, local_date_time))::date) STORED,
    duration_ms bigint,
    width integer,
    height integer,
    thumbhash bytea,
    projection_type text,
    latitude double precision,
    longitude double precision,
    city text,
    state text,
    country text,
    visibility text NOT NULL DEFAULT 'timeline'::text,
    status text NOT NULL DEFAULT 'active'::text,
    is_favorite boolean NOT NULL DEFAULT false,
    is_offline boolean NOT NULL DEFAULT false,
    is_external boolean NOT NULL DEFAULT false,
    live_photo_video_id uuid,
    stack_id uuid,
    duplicate_id uuid,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    deleted_at timestamp with time zone,
    CONSTRAINT assets_pkey PRIMARY KEY (id),
    CONSTRAINT assets_asset_type_check CHECK ((asset_type = ANY (ARRAY['IMAGE'::text, 'VIDEO'::text, 'AUDIO'::text, 'OTHER'::text]))),
    CONSTRAINT assets_checksum_check CHECK ((length(checksum) = 20)),
    CONSTRAINT assets_live_photo_video_id_fkey FOREIGN KEY (live_photo_video_id) REFERENCES assets(id) ON DELETE SET NULL,
    CONSTRAINT assets_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id) ON DELETE CASCADE,
    CONSTRAINT assets_status_check CHECK ((status = ANY (ARRAY['active'::text, 'trashed'::text, 'deleted'::text]))),
    CONSTRAINT assets_visibility_check CHECK ((visibility = ANY (ARRAY['archive'::text, 'timeline'::text, 'hidden'::text, 'locked'::text])))
);
CREATE INDEX assets_deleted_at_idx ON assets USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX assets_live_photo_video_id_idx ON assets USING btree (live_photo_video_id) WHERE (live_photo_video_id IS NOT NULL);
CREATE INDEX assets_original_path_idx ON assets USING hash (original_path);
CREATE UNIQUE INDEX assets_owner_checksum_key ON assets USING btree (owner_id, checksum) WHERE (library_id IS NULL);
CREATE INDEX assets_owner_created_at_idx ON assets USING btree (owner_id, created_at);
CREATE UNIQUE INDEX assets_owner_library_checksum_key ON assets USING btree (owner_id, library_id, checksum) WHERE (library_id IS NOT NULL);
CREATE INDEX assets_owner_month_idx ON assets USING btree (owner_id, local_month);
CREATE INDEX assets_timeline_idx ON assets USING btree (owner_id, local_month, ((local_date_time)::date) DESC, file_created_at DESC, id DESC) WHERE ((visibility = ANY (ARRAY['timeline'::text, 'archive'::text])) AND (deleted_at IS NULL));
CREATE TRIGGER assets_count_deleted AFTER DELETE ON assets REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_timeline_assets();
CREATE TRIGGER assets_count_inserted AFTER INSERT ON assets REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_timeline_assets();
CREATE TRIGGER assets_count_updated AFTER UPDATE ON assets REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_timeline_assets();
CREATE TRIGGER assets_start_job_status AFTER INSERT ON assets REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION start_asset_job_status();
CREATE TRIGGER assets_updated_at BEFORE UPDATE ON assets FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE people (
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL DEFAULT ''::text,
    birth_date date,
    is_hidden boolean NOT NULL DEFAULT false,
    is_favorite boolean NOT NULL DEFAULT false,
    color text,
    face_id uuid,
    thumbnail_path text NOT NULL DEFAULT ''::text,
    thumbnail_face_id uuid,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT people_pkey PRIMARY KEY (id),
    CONSTRAINT people_face_id_fkey FOREIGN KEY (face_id) REFERENCES asset_faces(id) ON DELETE SET NULL,
    CONSTRAINT people_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX people_face_id_idx ON people USING btree (face_id);
CREATE INDEX people_owner_id_idx ON people USING btree (owner_id);
CREATE INDEX people_thumbnail_path_idx ON people USING hash (thumbnail_path) WHERE (thumbnail_path <> ''::text);
CREATE TRIGGER people_updated_at BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    parent_id uuid,
    token_hash bytea NOT NULL,
    device_type text NOT NULL DEFAULT ''::text,
    device_os text NOT NULL DEFAULT ''::text,
    app_version text,
    is_pending_sync_reset boolean NOT NULL DEFAULT false,
    pin_expires_at timestamp with time zone,
    expires_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES sessions(id) ON DELETE CASCADE,
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX sessions_parent_id_idx ON sessions USING btree (parent_id);
CREATE INDEX sessions_user_id_idx ON sessions USING btree (user_id);

CREATE TABLE system_metadata (
    key text NOT NULL,
    value jsonb NOT NULL,
    CONSTRAINT system_metadata_pkey PRIMARY KEY (key)
);

CREATE TABLE timeline_counts (
    owner_id uuid NOT NULL,
    local_month date NOT NULL,
    visibility text NOT NULL,
    is_favorite boolean NOT NULL,
    is_trashed boolean NOT NULL,
    slot smallint NOT NULL,
    asset_count bigint NOT NULL,
    CONSTRAINT timeline_counts_pkey PRIMARY KEY (owner_id, local_month, visibility, is_favorite, is_trashed, slot),
    CONSTRAINT timeline_counts_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE TABLE user_metadata (
    user_id uuid NOT NULL,
    key text NOT NULL,
    value jsonb NOT NULL,
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT user_metadata_pkey PRIMARY KEY (user_id, key),
    CONSTRAINT user_metadata_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE TRIGGER user_metadata_updated_at BEFORE UPDATE ON user_metadata FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE users (
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text,
    pin_hash text,
    is_admin boolean NOT NULL DEFAULT false,
    avatar_color text,
    profile_image_path text NOT NULL DEFAULT ''::text,
    profile_changed_at timestamp with time zone NOT NULL DEFAULT now(),
    should_change_password boolean NOT NULL DEFAULT true,
    storage_label text,
    oauth_id text NOT NULL DEFAULT ''::text,
    quota_size_bytes bigint,
    quota_usage_bytes bigint NOT NULL DEFAULT 0,
    status text NOT NULL DEFAULT 'active'::text,
    cluster_group_id uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    deleted_at timestamp with time zone,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_check CHECK ((email = lower(email))),
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_quota_size_bytes_check CHECK ((quota_size_bytes >= 0)),
    CONSTRAINT users_status_check CHECK ((status = ANY (ARRAY['active'::text, 'removing'::text, 'deleted'::text]))),
    CONSTRAINT users_storage_label_key UNIQUE (storage_label)
);
CREATE TRIGGER users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE version_history (
    id uuid NOT NULL,
    version text NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    CONSTRAINT version_history_pkey PRIMARY KEY (id)
);

CREATE OR REPLACE FUNCTION count_timeline_assets()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO timeline_counts AS c
        SELECT owner_id, local_month, visibility, is_favorite, deleted_at IS NOT NULL, pg_backend_pid() % 16, count(*)
        FROM new_rows WHERE status <> 'deleted'
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (owner_id, local_month, visibility, is_favorite, is_trashed, slot)
            DO UPDATE SET asset_count = c.asset_count + excluded.asset_count;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO timeline_counts AS c
        SELECT r.owner_id, r.local_month, r.visibility, r.is_favorite, r.deleted_at IS NOT NULL, pg_backend_pid() % 16,
               -count(*)
        -- Assets that go with their owner: the counts go as well.
        FROM old_rows r JOIN users u ON u.id = r.owner_id WHERE r.status <> 'deleted'
        GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (owner_id, local_month, visibility, is_favorite, is_trashed, slot)
            DO UPDATE SET asset_count = c.asset_count + excluded.asset_count;
    ELSE
        INSERT INTO timeline_counts AS c
        SELECT owner_id, local_month, visibility, is_favorite, is_trashed, pg_backend_pid() % 16, sum(change)
        FROM (
            SELECT owner_id, local_month, visibility, is_favorite, deleted_at IS NOT NULL AS is_trashed, 1 AS change
            FROM new_rows WHERE status <> 'deleted'
            UNION ALL
            SELECT owner_id, local_month, visibility, is_favorite, deleted_at IS NOT NULL, -1
            FROM old_rows WHERE status <> 'deleted'
        ) changes
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(change) <> 0 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (owner_id, local_month, visibility, is_favorite, is_trashed, slot)
            DO UPDATE SET asset_count = c.asset_count + excluded.asset_count;
    END IF;
    RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION set_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $function$;

CREATE OR REPLACE FUNCTION start_asset_job_status()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    -- A picture never lacks a video.
    INSERT INTO asset_job_status (asset_id, video_encoded_at)
    SELECT id, CASE WHEN asset_type <> 'VIDEO' THEN now() END FROM new_rows;
    RETURN NULL;
END $function$;
