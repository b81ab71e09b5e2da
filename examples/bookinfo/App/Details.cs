using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Bookinfo;

/// <summary>Facts about a book.</summary>
internal static class Details
{
    public static void Map(WebApplication app) =>
        app.MapGet("/details/{id:int}", (int id) => Results.Json(new BookDetails(id, "The Lighthouse Ledger", "M. Okafor", 1987, 312)));
}
