using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OpsCenter.Router.Migrations;

/// <inheritdoc />
public partial class Catalogue : Migration
{
    private static readonly string[] CounterColumns = ["id", "catalogue_hash", "catalogue_revision", "version"];

    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "model_catalog",
            columns: table => new
            {
                model_id = table.Column<string>(type: "text", nullable: false),
                position = table.Column<int>(type: "integer", nullable: false),
                model = table.Column<string>(type: "text", nullable: false),
                display_name = table.Column<string>(type: "text", nullable: false),
                provider = table.Column<string>(type: "text", nullable: false),
                upstream = table.Column<string>(type: "text", nullable: false),
                upstream_model = table.Column<string>(type: "text", nullable: false),
                aliases = table.Column<string[]>(type: "text[]", nullable: false),
                tier = table.Column<int>(type: "integer", nullable: false),
                input_pico = table.Column<long>(type: "bigint", nullable: false),
                output_pico = table.Column<long>(type: "bigint", nullable: false),
                cached_input_pico = table.Column<long>(type: "bigint", nullable: true),
                cache_write_pico = table.Column<long>(type: "bigint", nullable: true),
                per_request_nano = table.Column<long>(type: "bigint", nullable: false),
                price_source = table.Column<string>(type: "text", nullable: false),
                context_window = table.Column<int>(type: "integer", nullable: false),
                max_output = table.Column<int>(type: "integer", nullable: false),
                capabilities = table.Column<int>(type: "integer", nullable: false),
                privacy = table.Column<int>(type: "integer", nullable: false),
                automatic = table.Column<bool>(type: "boolean", nullable: false),
                first_token_ms = table.Column<int>(type: "integer", nullable: false),
                tokens_per_second = table.Column<int>(type: "integer", nullable: false),
                quality = table.Column<double[]>(type: "double precision[]", nullable: false)
            },
            constraints: table =>
            {
                table.PrimaryKey("pk_model_catalog", x => x.model_id);
            });

        migrationBuilder.CreateTable(
            name: "snapshot_counter",
            columns: table => new
            {
                id = table.Column<int>(type: "integer", nullable: false),
                version = table.Column<long>(type: "bigint", nullable: false),
                catalogue_revision = table.Column<int>(type: "integer", nullable: false),
                catalogue_hash = table.Column<string>(type: "text", nullable: false)
            },
            constraints: table =>
            {
                table.PrimaryKey("pk_snapshot_counter", x => x.id);
            });

        migrationBuilder.InsertData(
            table: "snapshot_counter",
            columns: CounterColumns,
            values: new object[] { 1, "", 0, 0L });

        migrationBuilder.CreateIndex(
            name: "ix_model_catalog_model",
            table: "model_catalog",
            column: "model");
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable(
            name: "model_catalog");

        migrationBuilder.DropTable(
            name: "snapshot_counter");
    }
}
