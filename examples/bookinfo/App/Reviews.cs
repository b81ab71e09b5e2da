using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Bookinfo;

/// <summary>Opinions: v1 without stars, v2 with black ones, v3 with red ones.</summary>
internal static class Reviews
{
    public static void Map(WebApplication app, string version, Neighbours neighbours)
    {
        var color = version switch
        {
            "v2" => "black",
            "v3" => "red",
            _ => null,
        };
        app.MapGet(
            "/reviews/{id:int}",
            async (int id, HttpRequest request, CancellationToken cancel) =>
            {
                var ratings = color is null
                    ? null
                    : await neighbours.GetAsync<RatingList>($"http://ratings:9080/ratings/{id}", request, cancel);
                int? StarsOf(string reader) => ratings is not null && ratings.Stars.TryGetValue(reader, out var stars) ? stars : null;
                return Results.Json(
                    new ReviewList(
                        version,
                        [
                            new Review("Edda", "I counted every wave in it.", StarsOf("Edda"), color),
                            new Review("Tomas", "The keeper's sums do add up in the end.", StarsOf("Tomas"), color),
                        ]
                    )
                );
            }
        );
    }
}
