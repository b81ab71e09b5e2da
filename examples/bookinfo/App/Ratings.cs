using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Bookinfo;

/// <summary>Stars that readers gave.</summary>
internal static class Ratings
{
    private static readonly RatingList Stars = new(new SortedDictionary<string, int> { ["Edda"] = 5, ["Tomas"] = 4 });

    public static void Map(WebApplication app) => app.MapGet("/ratings/{id:int}", (int id) => Results.Json(Stars));
}
