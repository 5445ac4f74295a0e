using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OpsCenter.Credits.Migrations
{
    /// <inheritdoc />
    public partial class Ledger : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "credit_reservations",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    key_id = table.Column<Guid>(type: "uuid", nullable: true),
                    initial = table.Column<long>(type: "bigint", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    observed = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<short>(type: "smallint", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credit_reservations", x => x.id);
                    table.CheckConstraint("ck_credit_reservations_amounts", "initial >= 0 AND amount >= initial AND observed >= 0");
                    table.CheckConstraint("ck_credit_reservations_state", "state BETWEEN 0 AND 3");
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 70);

            migrationBuilder.CreateTable(
                name: "credit_transactions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<short>(type: "smallint", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<long>(type: "bigint", nullable: false),
                    debit_account = table.Column<Guid>(type: "uuid", nullable: false),
                    credit_account = table.Column<Guid>(type: "uuid", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    balance_after = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    memo = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credit_transactions", x => new { x.id, x.kind });
                    table.CheckConstraint("ck_credit_transactions_amount", "amount >= 0");
                    table.CheckConstraint("ck_credit_transactions_customer", "account_id IN (debit_account, credit_account)");
                    table.CheckConstraint("ck_credit_transactions_two_accounts", "debit_account <> credit_account");
                });

            migrationBuilder.CreateTable(
                name: "llm_usage",
                columns: table => new
                {
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    cost = table.Column<long>(type: "bigint", nullable: false),
                    key_id = table.Column<Guid>(type: "uuid", nullable: true),
                    provider = table.Column<string>(type: "text", nullable: false),
                    model = table.Column<string>(type: "text", nullable: false),
                    power_level = table.Column<string>(type: "text", nullable: false),
                    task = table.Column<string>(type: "text", nullable: false),
                    input_tokens = table.Column<long>(type: "bigint", nullable: false),
                    output_tokens = table.Column<long>(type: "bigint", nullable: false),
                    cached_input_tokens = table.Column<long>(type: "bigint", nullable: false),
                    cache_write_tokens = table.Column<long>(type: "bigint", nullable: false),
                    reasoning_tokens = table.Column<long>(type: "bigint", nullable: false),
                    source = table.Column<short>(type: "smallint", nullable: false),
                    http_status = table.Column<int>(type: "integer", nullable: false),
                    streamed = table.Column<bool>(type: "boolean", nullable: false),
                    byok = table.Column<bool>(type: "boolean", nullable: false),
                    first_token_ms = table.Column<int>(type: "integer", nullable: true),
                    duration_ms = table.Column<int>(type: "integer", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    price_version = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_llm_usage", x => x.request_id);
                    table.CheckConstraint("ck_llm_usage_cost", "cost >= 0");
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 90);

            migrationBuilder.CreateTable(
                name: "user_credits",
                columns: table => new
                {
                    account_id = table.Column<Guid>(type: "uuid", nullable: false),
                    posted = table.Column<long>(type: "bigint", nullable: false),
                    pending = table.Column<long>(type: "bigint", nullable: false),
                    floor = table.Column<long>(type: "bigint", nullable: false),
                    status = table.Column<short>(type: "smallint", nullable: false),
                    last_entry = table.Column<long>(type: "bigint", nullable: false),
                    used = table.Column<long>(type: "bigint", nullable: false),
                    used_month = table.Column<DateOnly>(type: "date", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_user_credits", x => x.account_id);
                    table.CheckConstraint("ck_user_credits_floor", "floor <= 0");
                    table.CheckConstraint("ck_user_credits_pending", "pending >= 0");
                    table.CheckConstraint("ck_user_credits_status", "status BETWEEN 0 AND 2");
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 50);

            migrationBuilder.CreateIndex(
                name: "ix_credit_reservations_expires_at",
                table: "credit_reservations",
                column: "expires_at",
                filter: "state = 0");

            migrationBuilder.CreateIndex(
                name: "ix_credit_transactions_account_id_number",
                table: "credit_transactions",
                columns: new[] { "account_id", "number" },
                unique: true);

            // A ledger that can be edited proves nothing. For each statement, so that even one that finds no row is refused.
            migrationBuilder.Sql(
                """
                CREATE FUNCTION refuse_to_change_credit_transactions() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'credit_transactions is written once: post a correction instead of %', TG_OP
                        USING ERRCODE = 'restrict_violation';
                END $$;

                CREATE TRIGGER credit_transactions_are_immutable
                    BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_transactions
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_credit_transactions();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "credit_reservations");

            migrationBuilder.DropTable(
                name: "credit_transactions");

            migrationBuilder.Sql("DROP FUNCTION refuse_to_change_credit_transactions;");

            migrationBuilder.DropTable(
                name: "llm_usage");

            migrationBuilder.DropTable(
                name: "user_credits");
        }
    }
}
