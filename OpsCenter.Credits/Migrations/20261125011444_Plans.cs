using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

#pragma warning disable CA1814 // Prefer jagged arrays over multidimensional

namespace OpsCenter.Credits.Migrations
{
    /// <inheritdoc />
    public partial class Plans : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropCheckConstraint(
                name: "ck_user_credits_pending",
                table: "user_credits");

            migrationBuilder.AddColumn<int>(
                name: "open_holds",
                table: "user_credits",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateOnly>(
                name: "day",
                table: "llm_usage",
                type: "date",
                nullable: false,
                defaultValue: new DateOnly(1, 1, 1));

            migrationBuilder.AddColumn<Guid>(
                name: "user_id",
                table: "llm_usage",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateOnly>(
                name: "day",
                table: "credit_reservations",
                type: "date",
                nullable: false,
                defaultValue: new DateOnly(1, 1, 1));

            migrationBuilder.AddColumn<long>(
                name: "month_cap",
                table: "credit_reservations",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<Guid>(
                name: "user_id",
                table: "credit_reservations",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "written_off",
                table: "credit_reservations",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.CreateTable(
                name: "credit_budgets",
                columns: table => new
                {
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    scope_kind = table.Column<short>(type: "smallint", nullable: false),
                    scope_id = table.Column<Guid>(type: "uuid", nullable: false),
                    period = table.Column<short>(type: "smallint", nullable: false),
                    starts_on = table.Column<DateOnly>(type: "date", nullable: false),
                    used = table.Column<long>(type: "bigint", nullable: false),
                    pending = table.Column<long>(type: "bigint", nullable: false),
                    alerted = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credit_budgets", x => new { x.account_id, x.scope_kind, x.scope_id, x.period, x.starts_on });
                    table.CheckConstraint("ck_credit_budgets_pending", "pending >= 0");
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 50);

            migrationBuilder.CreateTable(
                name: "credit_limits",
                columns: table => new
                {
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    scope_kind = table.Column<short>(type: "smallint", nullable: false),
                    scope_id = table.Column<Guid>(type: "uuid", nullable: false),
                    period = table.Column<short>(type: "smallint", nullable: false),
                    cap = table.Column<long>(type: "bigint", nullable: false),
                    alert_percent = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credit_limits", x => new { x.account_id, x.scope_kind, x.scope_id, x.period });
                    table.CheckConstraint("ck_credit_limits_alert_percent", "alert_percent BETWEEN 1 AND 100");
                    table.CheckConstraint("ck_credit_limits_cap", "cap >= 0");
                });

            migrationBuilder.CreateTable(
                name: "credit_plans",
                columns: table => new
                {
                    tier = table.Column<short>(type: "smallint", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false),
                    requests_per_minute = table.Column<int>(type: "integer", nullable: false),
                    tokens_per_minute = table.Column<int>(type: "integer", nullable: false),
                    parallel = table.Column<int>(type: "integer", nullable: false),
                    monthly_cap = table.Column<long>(type: "bigint", nullable: false),
                    markup_basis_points = table.Column<int>(type: "integer", nullable: false),
                    max_open_holds = table.Column<int>(type: "integer", nullable: false),
                    models = table.Column<string[]>(type: "text[]", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credit_plans", x => new { x.tier, x.version });
                    table.CheckConstraint("ck_credit_plans_cap", "monthly_cap >= 0");
                    table.CheckConstraint("ck_credit_plans_markup", "markup_basis_points >= -10000");
                });

            migrationBuilder.CreateTable(
                name: "outbox",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    topic = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    @ref = table.Column<string>(name: "ref", type: "character varying(120)", maxLength: 120, nullable: false),
                    payload = table.Column<string>(type: "jsonb", nullable: false),
                    state = table.Column<short>(type: "smallint", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    next_attempt_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    error = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outbox", x => x.id);
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 80);

            migrationBuilder.CreateTable(
                name: "usage_hourly",
                columns: table => new
                {
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    hour = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    key_id = table.Column<Guid>(type: "uuid", nullable: false),
                    provider = table.Column<string>(type: "text", nullable: false),
                    model = table.Column<string>(type: "text", nullable: false),
                    requests = table.Column<long>(type: "bigint", nullable: false),
                    input_tokens = table.Column<long>(type: "bigint", nullable: false),
                    output_tokens = table.Column<long>(type: "bigint", nullable: false),
                    cost = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_usage_hourly", x => new { x.account_id, x.hour, x.key_id, x.provider, x.model });
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 70);

            migrationBuilder.InsertData(
                table: "credit_plans",
                columns: new[] { "tier", "version", "created_at", "markup_basis_points", "max_open_holds", "models", "monthly_cap", "parallel", "requests_per_minute", "tokens_per_minute" },
                values: new object[,]
                {
                    { (short)0, 1, new DateTimeOffset(new DateTime(2026, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)), 0, 100, new string[0], 0L, 1, 10, 10000 },
                    { (short)1, 1, new DateTimeOffset(new DateTime(2026, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)), 0, 200, new string[0], 50000000000L, 5, 100, 100000 },
                    { (short)2, 1, new DateTimeOffset(new DateTime(2026, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)), 0, 500, new string[0], 200000000000L, 20, 500, 500000 },
                    { (short)3, 1, new DateTimeOffset(new DateTime(2026, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified), new TimeSpan(0, 0, 0, 0, 0)), 0, 2000, new string[0], 1000000000000L, 100, 2000, 2000000 }
                });

            migrationBuilder.AddCheckConstraint(
                name: "ck_user_credits_pending",
                table: "user_credits",
                sql: "pending >= 0 AND open_holds >= 0");

            migrationBuilder.CreateIndex(
                name: "ix_llm_usage_account_id_day_request_id",
                table: "llm_usage",
                columns: new[] { "account_id", "day", "request_id" });

            migrationBuilder.CreateIndex(
                name: "ix_outbox_dead",
                table: "outbox",
                columns: new[] { "topic", "id" },
                filter: "state = 2");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_topic_next_attempt_at",
                table: "outbox",
                columns: new[] { "topic", "next_attempt_at" },
                filter: "state = 0");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_topic_ref",
                table: "outbox",
                columns: new[] { "topic", "ref" },
                unique: true);

            // What was used and held before the new columns were there.
            migrationBuilder.Sql(
                """
                UPDATE llm_usage SET day = (created_at AT TIME ZONE 'UTC')::date;
                UPDATE credit_reservations SET day = (expires_at AT TIME ZONE 'UTC')::date;
                UPDATE user_credits AS account SET open_holds = held.holds
                FROM (SELECT account_id, count(*) AS holds FROM credit_reservations WHERE state = 0 GROUP BY account_id) AS held
                WHERE held.account_id = account.account_id;
                INSERT INTO usage_hourly (account_id, hour, key_id, provider, model, requests, input_tokens, output_tokens, cost)
                SELECT account_id, date_trunc('hour', created_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC',
                    coalesce(key_id, '00000000-0000-0000-0000-000000000000'), provider, model,
                    count(*), sum(input_tokens), sum(output_tokens), sum(cost)
                FROM llm_usage GROUP BY 1, 2, 3, 4, 5;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "credit_budgets");

            migrationBuilder.DropTable(
                name: "credit_limits");

            migrationBuilder.DropTable(
                name: "credit_plans");

            migrationBuilder.DropTable(
                name: "outbox");

            migrationBuilder.DropTable(
                name: "usage_hourly");

            migrationBuilder.DropCheckConstraint(
                name: "ck_user_credits_pending",
                table: "user_credits");

            migrationBuilder.DropIndex(
                name: "ix_llm_usage_account_id_day_request_id",
                table: "llm_usage");

            migrationBuilder.DropColumn(
                name: "open_holds",
                table: "user_credits");

            migrationBuilder.DropColumn(
                name: "day",
                table: "llm_usage");

            migrationBuilder.DropColumn(
                name: "user_id",
                table: "llm_usage");

            migrationBuilder.DropColumn(
                name: "day",
                table: "credit_reservations");

            migrationBuilder.DropColumn(
                name: "month_cap",
                table: "credit_reservations");

            migrationBuilder.DropColumn(
                name: "user_id",
                table: "credit_reservations");

            migrationBuilder.DropColumn(
                name: "written_off",
                table: "credit_reservations");

            migrationBuilder.AddCheckConstraint(
                name: "ck_user_credits_pending",
                table: "user_credits",
                sql: "pending >= 0");
        }
    }
}
