-- The first schema: accounts, assets, people, albums, what the timeline counts and what pictures show.
-- Runs on Postgres 14 to 18; ids come from the programs (version 4, clients refuse others).

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;

-- Accounts ------------------------------------------------------------------------------------------------

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL CONSTRAINT users_email_key UNIQUE CHECK (email = lower(email)),
    name text NOT NULL,
    password_hash text,
    pin_hash text,
    is_admin boolean NOT NULL DEFAULT false,
    avatar_color text,
    profile_image_path text NOT NULL DEFAULT '',
    profile_changed_at timestamptz NOT NULL DEFAULT now(),
    should_change_password boolean NOT NULL DEFAULT true,
    storage_label text CONSTRAINT users_storage_label_key UNIQUE,
    oauth_id text NOT NULL DEFAULT '',
    quota_size_bytes bigint CHECK (quota_size_bytes >= 0),
    quota_usage_bytes bigint NOT NULL DEFAULT 0,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'removing', 'deleted')),
    -- Users who share face recognition; a group of one's own until one joins another's.
    cluster_group_id uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE TRIGGER users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Preferences (only what differs from the defaults), onboarding, licence.
CREATE TABLE user_metadata (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    key text NOT NULL,
    value jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE TRIGGER user_metadata_updated_at BEFORE UPDATE ON user_metadata
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- A session made by another (a cast device) dies with it.
    parent_id uuid REFERENCES sessions ON DELETE CASCADE,
    token_hash bytea NOT NULL CONSTRAINT sessions_token_hash_key UNIQUE,
    device_type text NOT NULL DEFAULT '',
    device_os text NOT NULL DEFAULT '',
    app_version text,
    is_pending_sync_reset boolean NOT NULL DEFAULT false,
    pin_expires_at timestamptz,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Last seen, refreshed at most hourly: written by the programs, not by a trigger.
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_parent_id_idx ON sessions (parent_id);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name text NOT NULL,
    secret_hash bytea NOT NULL CONSTRAINT api_keys_secret_hash_key UNIQUE,
    permissions text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id);
CREATE TRIGGER api_keys_updated_at BEFORE UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- System ---------------------------------------------------------------------------------------------------

CREATE TABLE system_metadata (
    key text PRIMARY KEY,
    value jsonb NOT NULL
);

CREATE TABLE version_history (
    id uuid PRIMARY KEY,
    version text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Assets ---------------------------------------------------------------------------------------------------

CREATE TABLE assets (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- External libraries come later; their assets are unique per library.
    library_id uuid,
    asset_type text NOT NULL CHECK (asset_type IN ('IMAGE', 'VIDEO', 'AUDIO', 'OTHER')),
    original_path text NOT NULL,
    original_file_name text NOT NULL,
    checksum bytea NOT NULL CHECK (length(checksum) = 20),
    file_created_at timestamptz NOT NULL,
    file_modified_at timestamptz NOT NULL,
    -- Wall clock at the place of capture.
    local_date_time timestamp NOT NULL,
    local_month date NOT NULL GENERATED ALWAYS AS ((date_trunc('month', local_date_time))::date) STORED,
    duration_ms bigint,
    width integer,
    height integer,
    thumbhash bytea,
    projection_type text,
    -- Where it was taken. Here and not with the other metadata: a timeline shows it of thousands of assets at once.
    latitude double precision,
    longitude double precision,
    city text,
    state text,
    country text,
    visibility text NOT NULL DEFAULT 'timeline' CHECK (visibility IN ('archive', 'timeline', 'hidden', 'locked')),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'trashed', 'deleted')),
    is_favorite boolean NOT NULL DEFAULT false,
    is_offline boolean NOT NULL DEFAULT false,
    is_external boolean NOT NULL DEFAULT false,
    live_photo_video_id uuid REFERENCES assets ON DELETE SET NULL,
    stack_id uuid,
    duplicate_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE UNIQUE INDEX assets_owner_checksum_key ON assets (owner_id, checksum) WHERE library_id IS NULL;
CREATE UNIQUE INDEX assets_owner_library_checksum_key ON assets (owner_id, library_id, checksum)
    WHERE library_id IS NOT NULL;
-- One month of a timeline is one range of this index, already in the order in which it is shown; with the archive,
-- which is shown beside it unless a client asks for one of the two.
CREATE INDEX assets_timeline_idx ON assets
    (owner_id, local_month, (local_date_time::date) DESC, file_created_at DESC, id DESC)
    WHERE visibility IN ('timeline', 'archive') AND deleted_at IS NULL;
CREATE INDEX assets_owner_month_idx ON assets (owner_id, local_month);
CREATE INDEX assets_owner_created_at_idx ON assets (owner_id, created_at);
CREATE INDEX assets_live_photo_video_id_idx ON assets (live_photo_video_id) WHERE live_photo_video_id IS NOT NULL;
CREATE INDEX assets_deleted_at_idx ON assets (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX assets_original_path_idx ON assets USING hash (original_path);
CREATE TRIGGER assets_updated_at BEFORE UPDATE ON assets FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- What was read from a file, apart from what the timeline shows.
CREATE TABLE asset_exif (
    asset_id uuid PRIMARY KEY REFERENCES assets ON DELETE CASCADE,
    file_size_bytes bigint,
    description text,
    make text,
    model text,
    lens_model text,
    f_number double precision,
    focal_length double precision,
    iso integer,
    exposure_time text,
    date_time_original timestamptz,
    modify_date timestamptz,
    time_zone text,
    orientation text,
    image_width integer,
    image_height integer,
    profile_description text,
    live_photo_cid text,
    burst_id text,
    rating integer CHECK (rating BETWEEN 1 AND 5),
    fps double precision,
    tags text[] NOT NULL DEFAULT '{}',
    -- Fields that the user wrote and that no sidecar holds yet: extraction must not overwrite them.
    locked_fields text[] NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX asset_exif_live_photo_cid_idx ON asset_exif (live_photo_cid) WHERE live_photo_cid IS NOT NULL;
CREATE INDEX asset_exif_locked_idx ON asset_exif (asset_id) WHERE locked_fields <> '{}';
CREATE TRIGGER asset_exif_updated_at BEFORE UPDATE ON asset_exif FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Files made of an original or standing beside it.
CREATE TABLE asset_files (
    asset_id uuid NOT NULL REFERENCES assets ON DELETE CASCADE,
    file_type text NOT NULL CHECK (file_type IN ('fullsize', 'preview', 'thumbnail', 'sidecar', 'encoded_video')),
    path text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (asset_id, file_type)
);

-- Which jobs have been through an asset. Every asset has its row from the start, so that a sweep finds what is missing
-- without looking at what is done.
CREATE TABLE asset_job_status (
    asset_id uuid PRIMARY KEY REFERENCES assets ON DELETE CASCADE,
    metadata_extracted_at timestamptz,
    thumbnails_generated_at timestamptz,
    video_encoded_at timestamptz,
    embedded_at timestamptz
);
CREATE INDEX asset_job_status_no_metadata_idx ON asset_job_status (asset_id) WHERE metadata_extracted_at IS NULL;
CREATE INDEX asset_job_status_no_thumbnails_idx ON asset_job_status (asset_id) WHERE thumbnails_generated_at IS NULL;
CREATE INDEX asset_job_status_no_video_idx ON asset_job_status (asset_id) WHERE video_encoded_at IS NULL;
CREATE INDEX asset_job_status_no_embedding_idx ON asset_job_status (asset_id) WHERE embedded_at IS NULL;

CREATE FUNCTION start_asset_job_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A picture never lacks a video.
    INSERT INTO asset_job_status (asset_id, video_encoded_at)
    SELECT id, CASE WHEN asset_type <> 'VIDEO' THEN now() END FROM new_rows;
    RETURN NULL;
END $$;
CREATE TRIGGER assets_start_job_status AFTER INSERT ON assets
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION start_asset_job_status();

-- Values that clients keep beside an asset.
CREATE TABLE asset_metadata (
    asset_id uuid NOT NULL REFERENCES assets ON DELETE CASCADE,
    key text NOT NULL,
    value jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (asset_id, key)
);
CREATE TRIGGER asset_metadata_updated_at BEFORE UPDATE ON asset_metadata
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- What a picture shows, as the model of the settings puts it: a direction, near to those of alike pictures and of texts
-- that describe it. Another model has other directions, maybe in another number of dimensions: the program that begins
-- to use it empties this table and gives the column its size.
CREATE TABLE asset_embeddings (
    asset_id uuid PRIMARY KEY REFERENCES assets ON DELETE CASCADE,
    embedding public.vector(512) NOT NULL
);
CREATE INDEX asset_embeddings_embedding_idx ON asset_embeddings
    USING hnsw (embedding public.vector_cosine_ops) WITH (m = 16, ef_construction = 300);

-- Timeline counts ------------------------------------------------------------------------------------------

-- How many assets each month holds, kept exact by triggers in the same transaction, so that a timeline of a
-- million assets opens without counting them. A backend writes to its own slot: parallel uploads to one month do
-- not wait for each other. Readers sum the slots; a nightly job folds them into slot 0.
CREATE TABLE timeline_counts (
    owner_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    local_month date NOT NULL,
    visibility text NOT NULL,
    is_favorite boolean NOT NULL,
    is_trashed boolean NOT NULL,
    slot smallint NOT NULL,
    asset_count bigint NOT NULL,
    PRIMARY KEY (owner_id, local_month, visibility, is_favorite, is_trashed, slot)
);

CREATE FUNCTION count_timeline_assets() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$;

CREATE TRIGGER assets_count_inserted AFTER INSERT ON assets
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_timeline_assets();
CREATE TRIGGER assets_count_updated AFTER UPDATE ON assets
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_timeline_assets();
CREATE TRIGGER assets_count_deleted AFTER DELETE ON assets
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_timeline_assets();

-- People ---------------------------------------------------------------------------------------------------

-- Whom an owner knows in their pictures. Without a name: somebody who was seen and not named yet.
CREATE TABLE people (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name text NOT NULL DEFAULT '',
    birth_date date,
    is_hidden boolean NOT NULL DEFAULT false,
    is_favorite boolean NOT NULL DEFAULT false,
    color text,
    -- The face by which a person is shown, and the one that the file at the path shows: they differ until the new picture
    -- is made.
    face_id uuid,
    thumbnail_path text NOT NULL DEFAULT '',
    thumbnail_face_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX people_owner_id_idx ON people (owner_id);
CREATE INDEX people_face_id_idx ON people (face_id);
CREATE INDEX people_thumbnail_path_idx ON people USING hash (thumbnail_path) WHERE thumbnail_path <> '';
CREATE TRIGGER people_updated_at BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Where somebody is in a picture. The box counts pixels of the upright picture, which had that width and height.
CREATE TABLE asset_faces (
    id uuid PRIMARY KEY,
    asset_id uuid NOT NULL REFERENCES assets ON DELETE CASCADE,
    person_id uuid REFERENCES people ON DELETE SET NULL,
    image_width integer NOT NULL CHECK (image_width > 0),
    image_height integer NOT NULL CHECK (image_height > 0),
    x1 integer NOT NULL,
    y1 integer NOT NULL,
    x2 integer NOT NULL,
    y2 integer NOT NULL,
    source_type text NOT NULL CHECK (source_type IN ('machine-learning', 'exif', 'manual')),
    -- Whom the file names there. While it says the same, what the owner made of the face stays.
    named_by_file text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX asset_faces_asset_id_idx ON asset_faces (asset_id);
CREATE INDEX asset_faces_person_id_idx ON asset_faces (person_id, asset_id);
CREATE TRIGGER asset_faces_updated_at BEFORE UPDATE ON asset_faces FOR EACH ROW EXECUTE FUNCTION set_updated_at();
ALTER TABLE people ADD CONSTRAINT people_face_id_fkey FOREIGN KEY (face_id) REFERENCES asset_faces ON DELETE SET NULL;

-- Albums ---------------------------------------------------------------------------------------------------

CREATE TABLE albums (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    description text,
    thumbnail_asset_id uuid REFERENCES assets ON DELETE SET NULL,
    is_activity_enabled boolean NOT NULL DEFAULT true,
    asset_order text NOT NULL DEFAULT 'desc' CHECK (asset_order IN ('asc', 'desc')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE TRIGGER albums_updated_at BEFORE UPDATE ON albums FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE album_users (
    album_id uuid NOT NULL REFERENCES albums ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (album_id, user_id)
);
CREATE INDEX album_users_user_id_idx ON album_users (user_id);
CREATE UNIQUE INDEX album_users_owner_key ON album_users (album_id) WHERE role = 'owner';

CREATE TABLE album_assets (
    album_id uuid NOT NULL REFERENCES albums ON DELETE CASCADE,
    asset_id uuid NOT NULL REFERENCES assets ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (album_id, asset_id)
);
CREATE INDEX album_assets_asset_id_idx ON album_assets (asset_id);
